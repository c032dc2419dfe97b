/** What heartbeats name in a tournament with hundreds of matches: little, what moved at once, and everything in turn. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import type { Heartbeat } from '../src/contracts/socket.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const MATCHES = 451;
const AT_ONCE = 100;

describe('the heartbeats of a large tournament', () => {
  let arena: Arena;
  let spectator: Spectator | undefined;
  beforeAll(async () => {
    arena = await openArena({ redis: false, env: { HEARTBEAT_MS: '300' } });
  });
  afterAll(async () => {
    spectator?.close();
    await arena.close();
  });

  it('name a hundred matches each, all of them in turn, and one that moved within a few', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const moving = cup.matchIds[0]!;
    const database = new pg.Client(arena.databaseUrl);
    await database.connect();
    await database.query(
      `insert into matches select (jsonb_populate_record(m, jsonb_build_object('id', m.id || '-' || n))).* from matches m, generate_series(2, $2::int) n where m.id = $1`,
      [moving, MATCHES],
    );
    await database.end();
    const watching = await Spectator.connect(arena.at(0).url);
    spectator = watching;
    const { matches } = await watching.join('join_tournament', cup.id);
    expect(matches).toHaveLength(MATCHES);
    const digests = () => watching.of('heartbeat') as Heartbeat[];

    await until(() => new Set(digests().flatMap((digest) => Object.keys(digest))).size === MATCHES, 10_000, 'every match to be named');
    expect(digests().length).toBeGreaterThanOrEqual(Math.ceil(MATCHES / AT_ONCE));
    expect(Math.max(...digests().map((digest) => Object.keys(digest).length))).toBeLessThanOrEqual(AT_ONCE);

    const before = digests().length;
    const { seq } = await organizer.call(api.postScore, { params: { id: moving }, body: { homeScore: 1, awayScore: 0 } });
    await until(() => digests().length >= before + 4, 10_000, 'four heartbeats');
    const since = digests().slice(before);
    expect(since.filter((digest) => digest[moving] === seq).length).toBeGreaterThanOrEqual(2);
    expect(since.filter((digest) => (digest[moving] ?? seq) !== seq).length).toBeLessThanOrEqual(1);
    expect(Math.max(...since.map((digest) => Object.keys(digest).length))).toBeLessThanOrEqual(AT_ONCE + 1);
  });
});
