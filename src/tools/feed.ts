/** A recorded feed: one JSON object a line, what happened on the server second by second. */
import { z } from 'zod';
import { Instant } from '../contracts/id.js';
import { faultsOf } from '../contracts/refusal.js';
import type { Fault } from './terminal.js';

export const FeedSide = z.enum(['CT', 'TERRORIST']);
export type FeedSide = z.infer<typeof FeedSide>;

const at = Instant;
const round = z.int().min(1).max(1000);
const name = z.string().trim().min(1).max(120);
/** How the feed knows a player whatever they call themselves; where it is missing the name has to do. */
const ref = z.string().trim().min(1).max(120).optional();

const MatchStart = z.object({ type: z.literal('match_start'), at, map: z.string().optional() });
const RoundStart = z.object({ type: z.literal('round_start'), at, round });
const Kill = z.object({
  type: z.literal('kill'),
  at,
  round,
  killer: name,
  killerRef: ref,
  killerSide: FeedSide,
  victim: name,
  victimRef: ref,
  victimSide: FeedSide,
  weapon: z.string().trim().min(1).max(64),
  headshot: z.boolean(),
});
const Assist = z.object({ type: z.literal('assist'), at, round, player: name, playerRef: ref });
const Bomb = z.object({ type: z.enum(['bomb', 'bomb_planted', 'bomb_defused', 'bomb_exploded']), at, round });
const RoundEnd = z.object({ type: z.literal('round_end'), at, round, ct: z.int().min(0).max(1000), t: z.int().min(0).max(1000) });
const GameOver = z.object({ type: z.literal('game_over'), at });

const FeedEvent = z.discriminatedUnion('type', [MatchStart, RoundStart, Kill, Assist, Bomb, RoundEnd, GameOver]);
export type FeedEvent = z.infer<typeof FeedEvent> & { line: number };
export type KillEvent = Extract<FeedEvent, { type: 'kill' }>;

export function parseFeed(text: string): { events: FeedEvent[]; faults: Fault[] } {
  const events: FeedEvent[] = [];
  const faults: Fault[] = [];
  for (const [index, raw] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const read = readLine(raw);
    if (typeof read === 'string') faults.push({ line, reason: read });
    else events.push({ ...read, line });
  }
  return { events, faults };
}

function readLine(raw: string): z.infer<typeof FeedEvent> | string {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const parsed = FeedEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [fault] = faultsOf(parsed.error);
  return fault?.path ? `${fault.path}: ${fault.message}` : (fault?.message ?? 'unreadable');
}
