import { describe, expect, it } from '@jest/globals';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { matchRoom, tournamentRoom } from '../../contracts/room.js';
import type { MatchJoined, TournamentJoined } from '../../contracts/socket.js';
import { createLogger } from '../../platform/logging/logger.js';
import { createMetrics } from '../../platform/metrics/metrics.js';
import type { FeedRepository } from './feed.repository.js';
import { MatchFeeds } from './match-feeds.js';
import { resync } from './resync.js';
import type { TournamentSocket } from './tournament-socket.js';

const MATCHES = 400;
/** What may wait for a slow reader unless told otherwise: `SLOW_READER_BUDGET_BYTES`. */
const BUDGET_BYTES = 256 * 1024;

const at = '2026-05-01T18:00:00.000Z';
const long = 'ロ'.repeat(80);
const matchOf = (id: string): MatchSnapshot => ({
  id, tournamentId: 'cup', seq: 1, status: 'LIVE', home: { id: 'h', name: long }, away: { id: 'a', name: long }, homeScore: 0, awayScore: 0,
  winnerId: null, outcome: null, round: null, bestOf: null, scheduledAt: null, startedAt: at, endedAt: null, updatedAt: at,
});
const scoreOf = (matchId: string, seq: number): MatchEvent => ({ type: 'score_update', matchId, tournamentId: 'cup', seq, at, homeScore: seq, awayScore: 0 });
const matches = Array.from({ length: MATCHES }, (_, index) => matchOf(`m${String(index)}`));

/** The feeds of a tournament of many matches, of which two have moved to seq 3. */
async function tournament(): Promise<MatchFeeds> {
  const repository: Partial<FeedRepository> = { tournaments: () => Promise.resolve(new Map([['cup', { id: 'cup', visibility: 'public', matches }]])) };
  const feeds = new MatchFeeds({
    repository: repository as FeedRepository,
    send: () => undefined,
    wentBack: () => undefined,
    keep: 500,
    logger: createLogger({ level: 'silent', instanceId: 'a' }),
    metrics: createMetrics('a'),
    now: Date.now,
  });
  await feeds.openTournament('cup');
  for (const id of ['m7', 'm9']) for (const seq of [2, 3]) feeds.accept(scoreOf(id, seq), 'local');
  return feeds;
}

/** What a socket in these rooms is sent. */
function socketIn(...rooms: string[]) {
  const sent: [string, unknown][] = [];
  const socket = { rooms: new Set(rooms), emit: (name: string, payload: unknown) => sent.push([name, payload]) };
  return { socket: socket as unknown as TournamentSocket, sent };
}

describe('a socket that is brought back', () => {
  it('to a tournament is told of the matches it missed something of, and of no other', async () => {
    const { socket, sent } = socketIn(tournamentRoom('cup'), matchRoom('m7'));
    resync(socket, new Map([['m7', 1], ['m9', 2]]), await tournament(), 500);
    expect(sent.map(([name]) => name)).toEqual(['joined_tournament']);
    const joined = sent[0]?.[1] as TournamentJoined;
    expect(joined.complete).toBe(true);
    expect(joined.missed.map(({ matchId, seq }) => [matchId, seq])).toEqual([['m7', 2], ['m7', 3], ['m9', 3]]);
    expect(joined.matches.map(({ id, seq, homeScore }) => [id, seq, homeScore])).toEqual([['m7', 3, 3], ['m9', 3, 3]]);
    // All of them would not fit into what may wait for it.
    expect(Buffer.byteLength(JSON.stringify(matches))).toBeGreaterThan(BUDGET_BYTES);
    expect(Buffer.byteLength(JSON.stringify(joined))).toBeLessThan(BUDGET_BYTES / 16);
  });

  it('to a match alone is told of that match', async () => {
    const { socket, sent } = socketIn(matchRoom('m9'));
    resync(socket, new Map([['m9', 1]]), await tournament(), 500);
    expect(sent.map(([name]) => name)).toEqual(['joined_match']);
    const joined = sent[0]?.[1] as MatchJoined;
    expect([joined.match.id, joined.match.seq, joined.missed.map(({ seq }) => seq)]).toEqual(['m9', 3, [2, 3]]);
  });
});
