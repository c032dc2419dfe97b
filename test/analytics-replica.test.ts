/** Analytics from a real hot standby: exact as of what it has replayed, never kept beyond that, and there while it is not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type { LeaderboardUpdate } from '../src/contracts/analytics.js';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import type { Postgres } from '../src/parts/postgres.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { startWithStandby, type Standby } from './arena/standby.js';
import { until } from './arena/until.js';
import { rawAnalytics } from './support/raw-analytics.js';
import { standStill } from './support/standstill.js';
import { given, send, type Reply } from './support/wire.js';

const PLAYERS = ['ana', 'bo', 'cleo'];
const REPLICA = 'replica; exact as of its last replayed commit';
const PRIMARY = 'primary; exact';

const closers: (() => unknown)[] = [];
let primary: Postgres;
let standby: Standby;
beforeAll(async () => {
  const started = await startWithStandby(['live'], { fsync: 'off' });
  closers.push(() => started.stop());
  ({ primary, standby } = started);
}, 120_000);
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  // One whose server dies is not used any more.
  client.on('error', () => undefined);
  await client.connect();
  closers.push(() => client.end().catch(() => undefined));
  return client;
}

describe('Analytics from a replica', () => {
  let arena: Arena;
  let organizer: RestClient;
  let cup: Cup;
  let truth: pg.Client;
  let copy: pg.Client;

  const raw = (client: pg.Client) => rawAnalytics(client, 'ana', cup.id);
  const ask = (index: number, path: string): Promise<Reply> => send(arena.at(index), 'GET', `/analytics/${path}`);
  /** Every route on every instance, with the path it was asked by. */
  const answers = async (paths: string[]): Promise<{ path: string; reply: Reply }[]> => {
    const all = paths.flatMap((path) => arena.instances.map((_, index) => ({ path, index })));
    return Promise.all(all.map(async ({ path, index }) => ({ path, reply: await ask(index, path) })));
  };
  const expectAll = async (expected: Record<string, unknown>, source: string): Promise<Reply[]> => {
    const got = await answers(Object.keys(expected));
    for (const { path, reply } of got) expect({ path, body: given(reply), source: reply.headers.get('x-data-source') }).toEqual({ path, body: expected[path], source });
    return got.map(({ reply }) => reply);
  };
  const asOf = (reply: Reply) => reply.headers.get('x-data-as-of');
  const put = (match: number, kills: number[]) =>
    organizer.call(api.putStats, {
      params: { id: cup.matchIds[match] ?? '' },
      body: { lines: PLAYERS.map((userId, index) => ({ userId, participantId: index % 2 === 0 ? 'home' : 'away', stats: { kills: kills[index] ?? 0, deaths: 2, weapon: index === 0 ? 'AWP' : 'AK-47' } })) },
    });
  const end = (match: number, winnerId: string) => organizer.call(api.endMatch, { params: { id: cup.matchIds[match] ?? '' }, body: { winnerId } });
  const isReplicaAgain = () => until(async () => (await answers(['players/ana'])).every(({ reply }) => reply.headers.get('x-data-source') === REPLICA), 20_000, 'the replica to be read again');

  beforeAll(async () => {
    arena = await openArena({ instances: 2, env: { DATABASE_URL: primary.url('live'), DATABASE_REPLICA_URL: standby.url('live'), DATABASE_PATIENCE_MS: '3000', RATE_READ_PER_10S: '1000000' } });
    closers.push(() => arena.close());
    organizer = await arena.rest(0, 'ORGANIZER');
    for (const id of PLAYERS) await organizer.call(api.createUser, { body: { id, username: id.toUpperCase() } });
    cup = await openCup(organizer, { matches: 8 });
    await put(0, [10, 5, 7]);
    await end(0, 'home');
    [truth, copy] = [await connect(primary.url('live')), await connect(standby.url('live'))];
  }, 60_000);

  it('equals the primary\'s raw SQL on every route once it has replayed, and says whose it is and of when', async () => {
    await standby.catchUp();
    for (const reply of await expectAll(await raw(truth), REPLICA)) expect(Date.parse(asOf(reply) ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('stays exact as of its last commit while it lags, and is the new one at once when it has caught up, on every instance', async () => {
    const spectator = await Spectator.connect(arena.at(1).url);
    closers.push(() => {
      spectator.close();
    });
    await spectator.join('join_tournament', cup.id);
    await standby.pause();
    try {
      await put(1, [1, 40, 3]);
      await end(1, 'away');
      const { rows } = await copy.query<{ at: Date }>('select pg_last_xact_replay_timestamp() as at');
      const [old, now] = [await raw(copy), await raw(truth)];
      for (const path of Object.keys(now)) expect({ path, body: now[path] }).not.toEqual({ path, body: old[path] });
      // More than once: an answer that was kept now would be the next one's.
      for (let round = 0; round < 3; round += 1) {
        for (const reply of await expectAll(old, REPLICA)) expect(asOf(reply)).toBe(rows[0]?.at.toISOString());
      }
      // What is pushed is asked for by nobody again: it is the primary's.
      const pushed = () => spectator.of('leaderboard_update').at(-1) as LeaderboardUpdate | undefined;
      await until(() => pushed() !== undefined, 10_000, 'the top table');
      expect({ data: pushed()?.top }).toEqual(now[`top-players?stat=kills&tournamentId=${cup.id}`]);
      // Nor is anybody told that a user is not there who is.
      await organizer.call(api.createUser, { body: { id: 'dora', username: 'Dora' } });
      for (const path of ['players/dora', 'players/dora/kda']) expect(given(await ask(0, path))).toMatchObject({ username: 'Dora' });
      expect((await ask(0, 'players/nobody')).status).toBe(404);
    } finally {
      await standby.resume();
    }
    await standby.catchUp();
    await expectAll(await raw(truth), REPLICA);
  });

  it('is kept for all instances once the replica has what the last write changed', async () => {
    const hits = async (): Promise<number> => {
      const texts = await Promise.all(arena.instances.map(async (at) => (await send(at, 'GET', '//metrics')).text));
      return texts.reduce((sum, text) => sum + Number(/grandstand_ranking_cache_total\{result="hit"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0), 0);
    };
    for (let match = 2; match < 5; match += 1) {
      await put(match, [match, 2, 3]);
      await end(match, 'home');
      const before = await hits();
      await until(async () => {
        await answers(['leaderboard?minMatches=1', `tournaments/${cup.id}`]);
        return (await hits()) - before >= 8;
      }, 10_000, 'answers from Redis');
      await standby.catchUp();
      await expectAll(await raw(truth), REPLICA);
    }
  });

  it('is asked of the primary when replay cancels a query', async () => {
    const path = `top-players?stat=kills&tournamentId=${cup.id}`;
    const spectator = await Spectator.connect(arena.at(1).url);
    closers.push(() => {
      spectator.close();
    });
    await spectator.join('join_tournament', cup.id);
    await put(4, [44, 2, 3]);
    // The top table is read from the primary, up to a second later. One that came between the locks would have the matches and wait for the users there, too.
    const table = (await raw(truth))[path];
    await until(() => isDeepStrictEqual({ data: (spectator.of('leaderboard_update').at(-1) as LeaderboardUpdate | undefined)?.top }, table), 10_000, 'the last top table');
    await standby.catchUp();
    await copy.query(`alter system set max_standby_streaming_delay = 0`);
    await copy.query('select pg_reload_conf()');
    const [first, second] = [await connect(primary.url('live')), await connect(primary.url('live'))];
    const locked = (table: string, count: number) => until(async () => (await copy.query(`select 1 from pg_locks where relation = '${table}'::regclass and mode = 'AccessExclusiveLock' and granted`)).rowCount === count, 10_000, `${table} to be locked on the standby: ${String(count)}`);
    let asked: Promise<Reply>;
    try {
      // The query has the matches, and waits for the users; then replay wants the matches. A lock is sent when the log is flushed.
      await first.query('begin; lock table users in access exclusive mode');
      await truth.query('select pg_switch_wal()');
      await locked('users', 1);
      asked = ask(0, path);
      await until(async () => (await copy.query(`select 1 from pg_locks has join pg_locks wants using (pid) where has.relation = 'matches'::regclass and has.granted and wants.relation = 'users'::regclass and not wants.granted`)).rowCount === 1, 10_000, 'the query to have the matches and wait for the users');
      await second.query('begin; lock table matches in access exclusive mode');
      await truth.query('select pg_switch_wal()');
      await until(() => arena.at(0).log.some(({ event }) => event === 'replica_read_failed'), 8_000, () => `the query to be cancelled; the instance says ${JSON.stringify(arena.at(0).log.slice(-5))}`);
    } finally {
      await second.query('rollback');
      await first.query('rollback');
      await copy.query('alter system reset max_standby_streaming_delay');
      await copy.query('select pg_reload_conf()');
    }
    const reply = await asked;
    expect([given(reply), reply.headers.get('x-data-source')]).toEqual([(await raw(truth))[path], PRIMARY]);
    await locked('users', 0);
    // That was one query; the replica is not given up for it.
    await standby.catchUp();
    await expectAll(await raw(truth), REPLICA);
  });

  it('is the primary\'s while the replica is gone or stands still, and the replica\'s again when it is back', async () => {
    await standby.kill();
    await put(5, [9, 8, 70]);
    await end(5, 'home');
    for (const reply of await expectAll(await raw(truth), PRIMARY)) expect(asOf(reply)).toBeNull();
    await standby.restart();
    await isReplicaAgain();

    const goOn = standStill(standby.pid);
    try {
      await put(6, [90, 8, 7]);
      await end(6, 'away');
      await expectAll(await raw(truth), PRIMARY);
    } finally {
      goOn();
    }
    await isReplicaAgain();
    // What the primary answered meanwhile is kept until a write drops it.
    await put(7, [1, 2, 3]);
    await end(7, 'away');
    await standby.catchUp();
    await expectAll(await raw(truth), REPLICA);
    expect(arena.instances.flatMap(({ log }) => log.filter(({ level }) => level === 'fatal' || level === 'error'))).toEqual([]);
  });
});
