/** The watcher library over networks that break, crawl and fall silent, in front of a real instance. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { watch, type MatchEvent, type Watcher, type WatchOptions, type WatchState } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { until } from './arena/until.js';
import { openRelay, type Relay } from './support/relay.js';

/** More cursors than a message to the server may hold. */
const MATCHES = 2_400;

describe('a watcher, over a network that', () => {
  let arena: Arena;
  let organizer: RestClient;
  let cup: Cup;
  /** In the order in which the server lists them. */
  let ids: string[];
  const relays: Relay[] = [];
  const watchers: Watcher[] = [];

  beforeAll(async () => {
    arena = await openArena();
    organizer = await arena.rest(0, 'ORGANIZER');
    cup = await openCup(organizer, { matches: 2 });
    ids = Array.from({ length: MATCHES }, () => randomUUID()).sort();
    const database = new pg.Client(arena.databaseUrl);
    await database.connect();
    await database.query(
      `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, created_at)
       select id, $1::text, 'CSGO', 'home', 'away', now() from unnest($2::text[]) as id`,
      [cup.id, ids],
    );
    await database.end();
  }, 90_000);
  afterEach(async () => {
    for (const watcher of watchers.splice(0)) watcher.close();
    for (const relay of relays.splice(0)) await relay.close();
  });
  afterAll(() => arena.close());

  async function open(options: WatchOptions = {}, bytesPerSecond?: number): Promise<{ watcher: Watcher; relay: Relay; states: WatchState[] }> {
    const relay = await openRelay(arena.at(0).port, { bytesPerSecond });
    relays.push(relay);
    const states: WatchState[] = [];
    const watcher = watch(`http://127.0.0.1:${String(relay.port)}`, { onState: (state) => states.push(state), ...options });
    watchers.push(watcher);
    return { watcher, relay, states };
  }

  it('breaks: comes back, though it has more cursors than a message holds, with all it missed once', async () => {
    const [live = '', finished = ''] = cup.matchIds;
    // The last one named, if there were room for it.
    const unnamed = ids.at(-1) ?? '';
    await organizer.call(api.endMatch, { params: { id: finished }, body: {} });
    const heard: string[] = [];
    const { watcher, relay, states } = await open({ backoffMs: 2_000, reconnectMaxMs: 2_000, random: () => 0.99 });
    const tournament = watcher.tournament(cup.id, { onEvent: ({ matchId, seq, type }: MatchEvent) => heard.push(`${matchId} ${String(seq)} ${type}`) });
    await until(() => watcher.state === 'live', 20_000, 'live');
    expect(tournament.snapshots).toHaveLength(MATCHES + 2);
    relay.cut();
    relay.mend();
    await until(() => watcher.state === 'offline', 10_000, 'offline');
    await organizer.call(api.postScore, { params: { id: live }, body: { homeScore: 1, awayScore: 0 } });
    await organizer.call(api.correctMatch, { params: { id: finished }, body: { homeScore: 2, reason: 'miscounted' } });
    await organizer.call(api.startMatch, { params: { id: unnamed } });
    await until(() => heard.length >= 3 && watcher.state === 'live', 20_000, () => `live and three events: ${states.join(', ')}; ${heard.join(', ')}`);
    expect(heard.sort()).toEqual([`${live} 2 score_update`, `${finished} 3 match_correction`, `${unnamed} 1 match_start`].sort());
    expect(states).toEqual(['live', 'offline', 'catching-up', 'live']);
    expect(tournament.snapshot(finished)?.homeScore).toBe(2);
  }, 60_000);

  it('crawls: is live as soon as the answer is there, and asks for it once', async () => {
    // The answer, of about a megabyte, takes some three seconds.
    const { watcher, relay, states } = await open({ ackTimeoutMs: 1_000 }, 400_000);
    const tournament = watcher.tournament(cup.id);
    await until(() => watcher.state === 'live', 30_000, () => `live: ${states.join(', ')}, ${String(relay.carried)} bytes`);
    expect(states).toEqual(['live']);
    const answer = Buffer.byteLength(JSON.stringify(tournament.snapshots));
    expect(answer).toBeGreaterThan(800_000);
    expect(relay.carried).toBeLessThan(1.5 * answer);
  }, 60_000);

  it.each([
    ['falls silent: finds out long before Engine.IO does', { silenceMs: 1_000, ackTimeoutMs: 1_000 }, false],
    ['fell silent: finds out at once when asked to make sure', { silenceMs: 600_000, ackTimeoutMs: 2_000 }, true],
  ])('%s, and has what it missed once', async (_, options, asked) => {
    const small = await openCup(organizer);
    const [matchId = ''] = small.matchIds;
    const seqs: number[] = [];
    const { watcher, relay, states } = await open(options);
    watcher.match(matchId, { onEvent: ({ seq }) => seqs.push(seq) });
    await until(() => watcher.state === 'live', 10_000, 'live');
    relay.forget();
    await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    if (asked) watcher.retry();
    // Engine.IO's own ping says so after 20 to 50 s.
    await until(() => seqs.length > 0 && watcher.state === 'live', 12_000, () => `the score: ${states.join(', ')}`);
    expect(states).toEqual(['live', 'offline', 'catching-up', 'live']);
    await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 2, awayScore: 0 } });
    await until(() => seqs.length > 1, 10_000, 'the next score');
    expect(seqs).toEqual([2, 3]);
  }, 60_000);
});
