/** Which cursors a tournament's join names: a server takes a message of 64 KB and hangs up on a larger one. */
import type { Feed } from './feed.js';

/** A thousand matches with a UUID for a name, and room for the rest of the message. */
const SINCE_MAX_BYTES = 48 * 1024;

/**
 * What may have moved, as much as fits: first what is known to have moved and
 * `doubted`, then live matches, then those to come. A finished match hardly
 * ever moves: whether it did, the answer's snapshots say, and so of all that
 * is left out. What it missed is then asked for by name.
 */
export function sinceOf(feed: Feed, doubted: ReadonlySet<string>, strangers: ReadonlySet<string>): Record<string, number> {
  const pressing = new Set([...doubted, ...feed.lagging.map(([matchId]) => matchId)]);
  const ranks: [string, number][][] = [[], [], []];
  for (const [matchId, seq] of Object.entries(feed.cursors)) {
    if (!strangers.has(matchId)) ranks[pressing.has(matchId) ? 0 : rankOf(feed, matchId)]?.push([matchId, seq]);
  }
  const since: Record<string, number> = {};
  let bytes = 0;
  for (const [matchId, seq] of ranks.flat()) {
    // Quotes, colon and comma; an id is ASCII.
    bytes += matchId.length + String(seq).length + 4;
    if (bytes > SINCE_MAX_BYTES) break;
    since[matchId] = seq;
  }
  return since;
}

/** Beyond the ranks: finished. */
function rankOf(feed: Feed, matchId: string): number {
  const status = feed.snapshot(matchId)?.status ?? 'SCHEDULED';
  return { LIVE: 1, SCHEDULED: 2, COMPLETED: 3, CANCELLED: 3 }[status];
}
