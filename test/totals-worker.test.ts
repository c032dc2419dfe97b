/** When lines are folded, and by whom: one instance at a time, at once while lines come, another when it is gone. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { TotalsRepository } from '../src/modules/analytics/totals.repository.js';
import { TotalsWorker } from '../src/modules/analytics/totals-worker.js';
import type { Logger } from '../src/platform/logging/logger.js';
import { createMetrics } from '../src/platform/metrics/metrics.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { until } from './arena/until.js';

let database: TestDatabase;
let client: pg.Client;
const LONG_TRANSACTION_MS = 1_000;
const INSTANCES = ['one', 'two', 'three'];
const workers = new Map<string, TotalsWorker>();
const folds = new Map<string, number>();
const said: Record<string, unknown>[] = [];
let written = 0;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  await client.query(`insert into users (id, username, role) values ('ann', 'Ann', 'PLAYER')`);
  await client.query(`insert into tournaments (id, name, game, visibility, owner_id) values ('t', 'T', 'CSGO', 'public', 'owner')`);
  await client.query(`insert into participants (tournament_id, id, name) values ('t', 'home', 'Home'), ('t', 'away', 'Away')`);
  for (const name of INSTANCES) {
    const logger = { warn: (line: object) => said.push({ ...line }), error: (line: object) => said.push({ ...line }) } as unknown as Logger;
    const worker = new TotalsWorker(new TotalsRepository({ DATABASE_URL: database.url }, logger), { LONG_TRANSACTION_MS }, createMetrics(name), logger);
    worker.listen(() => folds.set(name, (folds.get(name) ?? 0) + 1));
    workers.set(name, worker);
    worker.onApplicationBootstrap();
  }
});
afterAll(async () => {
  await Promise.all([...workers.values()].map((worker) => worker.onApplicationShutdown()));
  await client.end();
  await database.drop();
});

/** Writes a line and waits until the totals have it; tells who folded it. */
async function line(): Promise<string> {
  const before = new Map(folds);
  written += 1;
  await client.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ($1, 't', 'CSGO', 'home', 'away', 'LIVE')`, [`m-${String(written)}`]);
  await client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) values ('ann', 'CSGO', $1, 't', 'home', '{"kills": 1}')`, [`m-${String(written)}`]);
  const who = (): string[] => INSTANCES.filter((name) => (folds.get(name) ?? 0) > (before.get(name) ?? 0));
  await until(() => who().length > 0, 10_000, `line ${String(written)} in the totals`);
  const { rows } = await client.query<{ kills: string }>(`select kills from player_totals where game = 'CSGO' and user_id = 'ann'`);
  expect(Number(rows[0]?.kills)).toBe(written);
  expect(who()).toHaveLength(1);
  return who()[0] ?? '';
}

/** Whoever folded most of so many lines, one after the other, and how many. */
async function mostOf(lines: number): Promise<[name: string, folded: number]> {
  const times = new Map<string, number>();
  for (let count = 0; count < lines; count += 1) {
    const name = await line();
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  const most = [...times].sort(([, a], [, b]) => b - a)[0];
  if (!most) throw new Error('no line was written');
  return most;
}

it('one instance folds line after line while the others leave it to it, and another one when it is gone', async () => {
  const [first, folded] = await mostOf(60);
  // By chance each would have twenty. One that was held up for long loses its turn.
  expect(folded).toBeGreaterThanOrEqual(45);
  await workers.get(first)?.onApplicationShutdown();
  workers.delete(first);
  const [second] = await mostOf(20);
  expect(second).not.toBe(first);
});

it('many lines at once become gains first, and are in the totals when no more come', async () => {
  const MATCHES = 20;
  const PLAYERS = 100;
  await client.query(`insert into users (id, username, role) select 'many-' || n, 'many-' || n, 'PLAYER' from generate_series(1, ${String(PLAYERS)}) n`);
  await client.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) select 'many-' || n, 't', 'CSGO', 'home', 'away', 'LIVE' from generate_series(1, ${String(MATCHES)}) n`);
  await client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
    select 'many-' || p, 'CSGO', 'many-' || m, 't', 'home', '{"kills": 2}' from generate_series(1, ${String(PLAYERS)}) p, generate_series(1, ${String(MATCHES)}) m order by p, m`);
  const totals = async () => (await client.query<{ kills: string; players: number }>(`select sum(kills) as kills, count(*)::int as players from player_totals where game = '*' and user_id like 'many-%'`)).rows.map(({ kills, players }) => ({ kills: Number(kills), players }))[0];
  await until(async () => (await totals())?.players === PLAYERS, 20_000, 'the lines in the totals');
  expect(await totals()).toEqual({ kills: 2 * PLAYERS * MATCHES, players: PLAYERS });
  expect((await client.query('select from player_gains')).rowCount).toBe(0);
  // Readers go through it from end to end: what was deleted is cleared away, too.
  await until(async () => Number((await client.query<{ bytes: string }>(`select pg_relation_size('player_gains') as bytes`)).rows[0]?.bytes) === 0, 20_000, 'the table to be empty again');
  // Each player's lines were gathered: that much is written to the small table.
  await until(async () => Number((await client.query<{ rows: string }>(`select pg_stat_get_tuples_inserted('player_gains'::regclass) as rows`)).rows[0]?.rows) === PLAYERS, 20_000, 'PostgreSQL to count what was gathered');
});

it('an instance says who keeps old rows alive, and not of who only waits', async () => {
  const open = async (name: string, query: string): Promise<pg.Client> => {
    const other = new pg.Client({ connectionString: database.url, application_name: name });
    await other.connect();
    await other.query('begin isolation level repeatable read');
    if (query) await other.query(query);
    return other;
  };
  const idle = await open('waits', '');
  const dump = await open('dumps', 'select count(*) from users');
  const alarms = (): Record<string, unknown>[] => said.filter(({ event }) => event === 'long_transaction');
  await until(() => alarms().length > 0, 20_000, 'an alarm');
  expect(alarms()[0]).toMatchObject({ name: 'dumps', pid: (dump as unknown as { processID: number }).processID });
  expect(alarms()[0]?.['openMs']).toBeGreaterThanOrEqual(LONG_TRANSACTION_MS);
  await Promise.all([idle.end(), dump.end()]);
  expect(said.filter(({ event }) => event !== 'long_transaction')).toEqual([]);
});
