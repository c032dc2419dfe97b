/** A seed: the same rows whichever way they get into the database, with totals that are right and every key and index in its place. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { seedRows } from '../src/modules/analytics/seed/seed-rows.js';
import { drift } from '../src/platform/database/migrate.js';
import { SERVER_NAME } from '../src/platform/database/prisma.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { until } from './arena/until.js';
import { bothWays } from './support/rankings.js';

/** Enough for a tournament of each game. */
const ROWS = 17_000;
/** Somebody else's match. */
const FOREIGN_MATCH = `
  insert into tournaments (id, name, game, visibility, owner_id) values ('other', 'Other', 'CSGO', 'public', 'owner');
  insert into participants (tournament_id, id, name) values ('other', 'a', 'A'), ('other', 'b', 'B');
  insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ('other', 'other', 'CSGO', 'a', 'b', 'COMPLETED')`;

let databases: TestDatabase[];
let clients: pg.Client[];
beforeEach(() => {
  databases = [];
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await Promise.all(databases.map((database) => database.drop()));
});

async function open(): Promise<{ url: string; client: pg.Client }> {
  const database = await createDatabase();
  databases.push(database);
  return { url: database.url, client: await connect(database.url) };
}
async function connect(url: string, name = 'test'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  await client.connect();
  clients.push(client);
  return client;
}
const nothing = (): void => undefined;
const seed = (url: string, { rows = ROWS, name = 'cup', progress = nothing, step = nothing }: { rows?: number; name?: string; progress?: (done: number) => void; step?: (what: string) => void } = {}) =>
  seedRows({ databaseUrl: url, rows, seed: name, progress, step });

async function column(client: pg.Client, sql: string): Promise<unknown[]> {
  return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
}

/** Everything about the tables that a migrated database has and a seed could lose. */
const schemaOf = async (client: pg.Client): Promise<unknown[]> =>
  column(client, `
    select format('%s: %s', relation, what) from (
      select attrelid::regclass as relation, format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as what from pg_attribute left join pg_attrdef on (adrelid, adnum) = (attrelid, attnum) where attnum > 0 and not attisdropped
      union all select indrelid, format('%s %s', pg_get_indexdef(indexrelid), indisvalid) from pg_index
      union all select conrelid, format('%s %s %s %s', conname, pg_get_constraintdef(oid), convalidated, conparentid <> 0) from pg_constraint
      union all select tgrelid, format('%s %s', pg_get_triggerdef(oid), tgenabled) from pg_trigger where not tgisinternal
      union all select oid, format('%s %s %s %s', relkind, relpersistence, relispartition, pg_get_expr(relpartbound, oid)) from pg_class
      union all select tgrelid, format('%s inner triggers', count(*)) from pg_trigger where tgisinternal group by tgrelid
    ) each_part where relation::oid in (select oid from pg_class where relnamespace = 'public'::regnamespace) order by 1`);

/** All that a seed writes, without what says when and by which transaction. */
async function rowsOf(client: pg.Client, name: string): Promise<unknown[]> {
  const each = async (table: string, key: string, without: string) => column(client, `select md5(string_agg((to_jsonb(t) - '{${without}}'::text[])::text, ',' order by ${key})) || count(*) from ${table} t where ${key.split(',')[0] ?? ''} like '${name}-%'`);
  return [
    ...(await each('users', 'id', 'created_at')),
    ...(await each('tournaments', 'id', 'created_at,updated_at')),
    ...(await each('participants', 'tournament_id, id', 'created_at')),
    ...(await each('matches', 'id', 'created_at,updated_at')),
    ...(await each('game_stats', 'user_id, game, match_id', 'xid')),
    ...(await each('player_totals', 'user_id, game', '')),
  ];
}

/** What hangs on every part of a line and a match. */
const SOME = /top (kills|goals|passAccuracy) |leaderboard|kda/;

async function expectRight(client: pg.Client, only = SOME): Promise<void> {
  for (const { name, raw, fast } of await bothWays(client, ['cup-p0', 'cup-p7', 'cup-p500'], only)) expect({ name, rows: fast }).toEqual({ name, rows: raw });
  expect(await column(client, `select count(*)::int from player_totals where lines > 0 and game = '*'`)).not.toEqual([0]);
  expect(await column(client, `select count(*)::int from game_stats, stat_watermark where not pg_visible_in_snapshot(xid, folded)`)).toEqual([0]);
  expect(await column(client, 'select count(*)::int from stat_deltas')).toEqual([0]);
}

const partition = (client: pg.Client): Promise<unknown[]> => column(client, `select 'game_stats_csgo'::regclass::oid`);

describe('Seeding', () => {
  it('fills an empty database and leaves its tables as the migrations made them', async () => {
    const { url, client } = await open();
    const [schema, before] = [await schemaOf(client), await partition(client)];
    const shown: number[] = [];
    expect(await seed(url, { progress: (done) => shown.push(done) })).toEqual({ lines: ROWS, matches: ROWS / 10, players: ROWS / 20 });
    expect(shown.at(-1)).toBe(ROWS);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(await column(client, 'select count(*)::int from game_stats')).toEqual([ROWS]);
    // The fast way it was.
    expect(await partition(client)).not.toEqual(before);
    expect(await schemaOf(client)).toEqual(schema);
    expect(await drift(url)).toBe('');
    await expectRight(client, /./);
  }, 60_000);

  it('goes on being counted: what is written to a seeded database, changed in it and refused by it', async () => {
    const { url, client } = await open();
    await seed(url);
    await client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
      select 'cup-p0', 'CSGO', id, tournament_id, home_participant_id, '{"kills": 1000}' from matches m where game = 'CSGO' and status = 'COMPLETED' and not exists (select from game_stats where match_id = m.id and user_id = 'cup-p0') limit 1`);
    await client.query(`update matches set status = 'CANCELLED', winner_id = null where id = 'cup-m1'`);
    await client.query(`update tournaments set visibility = 'private' where id = 'cup-t1'`);
    await client.query(`delete from game_stats where match_id = 'cup-m2'`);
    for (const { name, raw, fast } of await bothWays(client, ['cup-p0'], SOME)) expect({ name, rows: fast }).toEqual({ name, rows: raw });
    await expect(client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) values ('nobody', 'LOL', 'cup-m0', 'cup-t0', 'team-0', '{}')`)).rejects.toThrow('game_stats_user_id_fkey');
    await expect(client.query(`delete from matches where id = 'cup-m3'`)).rejects.toThrow('game_stats_match_id_fkey');
    await expect(client.query(`update game_stats set user_id = 'cup-p1' where match_id = 'cup-m4'`)).rejects.toThrow('game_stats_csgo_pkey');
  }, 60_000);

  it('makes few players very active, a tournament in twenty private and a match in fifty cancelled', async () => {
    const { url, client } = await open();
    await seed(url, { rows: 84_000 });
    expect(await column(client, `select visibility || ' ' || count(*) from tournaments group by visibility order by 1`)).toEqual(['private 1', 'public 20']);
    expect(await column(client, `select status || ' ' || count(*) from matches group by status order by 1`)).toEqual(['CANCELLED 168', 'COMPLETED 8064', 'LIVE 168']);
    expect(await column(client, 'select game || count(*) from game_stats group by game order by 1')).toEqual(['CSGO36000', 'FIFA16000', 'LOL32000']);
    const [share] = await column(client, 'select sum(lines) filter (where place <= 42)::float / sum(lines) from (select count(*) as lines, row_number() over (order by count(*) desc) as place from game_stats group by user_id) each_player');
    // A hundredth of the players, of 4,200: the cube root of it is 0.215.
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.26);
    expect(await column(client, `select round(avg((stats -> 'kills')::int))::int from game_stats where game = 'CSGO'`)).toEqual([17]);
    expect(await column(client, `select count(distinct stats ->> 'champion')::int from game_stats where game = 'LOL'`)).toEqual([40]);
  }, 60_000);

  it('writes the same rows again in another database, and one after the other where matches or a server are', async () => {
    const [fast, again, beside, served] = await Promise.all([open(), open(), open(), open()]);
    await seed(fast.url);
    await seed(again.url);
    const rows = await rowsOf(fast.client, 'cup');
    expect(await rowsOf(again.client, 'cup')).toEqual(rows);
    await beside.client.query(FOREIGN_MATCH);
    await connect(served.url, SERVER_NAME);
    for (const { url, client } of [beside, served]) {
      const before = await partition(client);
      await seed(url);
      expect(await partition(client)).toEqual(before);
      expect(await rowsOf(client, 'cup')).toEqual(rows);
      await expectRight(client);
    }
  }, 120_000);

  it('is refused where its name is taken, and adds to what is there under another', async () => {
    const { url, client } = await open();
    await seed(url);
    await expect(seed(url)).rejects.toThrow('holds a seed named cup already');
    expect(await seed(url, { name: 'league' })).toMatchObject({ lines: ROWS });
    expect(await column(client, 'select count(*)::int from game_stats')).toEqual([2 * ROWS]);
    await expectRight(client);
  }, 60_000);

  it('leaves nothing behind when it fails in the middle', async () => {
    const { url, client } = await open();
    const schema = await schemaOf(client);
    await expect(seed(url, {
      step: (what) => {
        if (what.includes('LOL')) throw new Error('the disk is full');
      },
    })).rejects.toThrow('the disk is full');
    expect(await schemaOf(client)).toEqual(schema);
    expect(await column(client, 'select id from users')).toEqual([]);
    expect(await column(client, 'select id from matches')).toEqual([]);
  }, 60_000);

  /** Until it wants the place of the tables that somebody reads. */
  async function seedUpToLast(url: string, client: pg.Client): Promise<{ seeding: ReturnType<typeof seed>; letGo: () => Promise<unknown> }> {
    const reader = await connect(url);
    await reader.query('begin; select from game_stats');
    const seeding = seed(url);
    // Awaited by the test, perhaps after it has failed.
    seeding.catch(nothing);
    await until(async () => (await column(client, `select 1 from pg_locks where not granted and relation = 'game_stats'::regclass`)).length > 0, 30_000, 'the seed to wait for the reader');
    return { seeding, letGo: () => reader.query('commit') };
  }

  it('does no harm when it is killed, and the next one clears up', async () => {
    const { url, client } = await open();
    const schema = await schemaOf(client);
    const { seeding, letGo } = await seedUpToLast(url, client);
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'grandstand-seed'`);
    await expect(seeding).rejects.toThrow();
    await letGo();
    expect((await schemaOf(client)).filter((part) => !String(part).startsWith('seeding_'))).toEqual(schema);
    expect(await column(client, 'select id from users')).toEqual([]);
    expect(await seed(url)).toMatchObject({ lines: ROWS });
    expect(await schemaOf(client)).toEqual(schema);
    await expectRight(client);
  }, 60_000);

  it('takes the long way when somebody was faster', async () => {
    const { url, client } = await open();
    const { seeding, letGo } = await seedUpToLast(url, client);
    const before = await partition(client);
    // Between two tries of the seed, which waits in front of everybody else.
    await until(async () => {
      try {
        await client.query(`begin; set local lock_timeout = '50ms'; ${FOREIGN_MATCH}; commit`);
        return true;
      } catch {
        await client.query('rollback');
        await pause(10);
        return false;
      }
    }, 30_000, 'a match to be written');
    await letGo();
    expect(await seeding).toMatchObject({ lines: ROWS });
    expect(await partition(client)).toEqual(before);
    expect(await column(client, 'select count(*)::int from matches')).toEqual([ROWS / 10 + 1]);
    await expectRight(client);
  }, 60_000);
});
