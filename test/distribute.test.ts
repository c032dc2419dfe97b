/**
 * `npm run db:distribute`, as a process of its own on a real PostgreSQL, without Citus and with stand-ins for its rules.
 *
 * Citus itself is not packaged for npm. The stand-ins (support/citus) are an extension of that name: they refuse what Citus
 * 13 refuses by its documentation and its source, write down what became what, and leave every row where it is. So this
 * proves that the script breaks none of the rules that were written down, in an order that meets them, and that a server
 * without totals answers exactly and folds nothing. It does not prove that Citus has no other rules; that it can plan and
 * run the statements of a server on distributed tables; what they cost; or that a transaction over several nodes is seen
 * whole. The server is PostgreSQL 18, which is later than those that Citus 13 runs on.
 */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { AnalyticsRepository } from '../src/modules/analytics/analytics.repository.js';
import { seedRows } from '../src/modules/analytics/seed/seed-rows.js';
import { openDatabase, Prisma, type Rows } from '../src/platform/database/prisma.js';
import type { ReadDatabase } from '../src/platform/database/reads.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { createDatabase } from './arena/database.js';
import { until } from './arena/until.js';
import { rowsOf } from './support/rankings.js';
import { rawAnalytics } from './support/raw-analytics.js';
import { given, send } from './support/wire.js';

const command = fileURLToPath(new URL('../dist/tools/distribute.js', import.meta.url));
const standIns = fileURLToPath(new URL('support/citus', import.meta.url));

interface Run {
  code: number | null;
  output: string;
  errors: string;
}

async function distribute(databaseUrl: string): Promise<Run> {
  const child = spawn(process.execPath, [command], { env: { ...process.env, DATABASE_URL: databaseUrl }, stdio: ['ignore', 'pipe', 'pipe'] });
  const run: Run = { code: null, output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.errors += text));
  run.code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return run;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

/** Everything that has a name in this database, as PostgreSQL describes it, and which version of its row that is. */
async function catalog(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(`
    select 'extension ' || extname || ' ' || xmin as what from pg_extension
    union all select 'relation ' || oid::regclass || ' ' || relkind::text || ' ' || xmin from pg_class where relnamespace = 'public'::regnamespace
    union all select 'function ' || oid::regprocedure || ' ' || xmin from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'trigger ' || pg_get_triggerdef(oid) || ' ' || xmin from pg_trigger where not tgisinternal
    union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || xmin from pg_constraint where connamespace = 'public'::regnamespace
    order by what`);
  return rows.map(({ what }) => what);
}

describe('Without Citus', () => {
  it.each([
    ['migrated', 'select 1'],
    ['never migrated', 'drop schema public cascade; create schema public'],
  ])('a %s database is refused in a sentence, and stays as it was', async (_, prepare) => {
    const database = await createDatabase();
    const client = await connect(database.url);
    try {
      await client.query(prepare);
      const before = await catalog(client);
      expect(await distribute(database.url)).toEqual({
        code: 1,
        output: '',
        errors: 'Nothing was distributed. This server has no Citus: its packages and shared_preload_libraries = citus come first.\n',
      });
      expect(await catalog(client)).toEqual(before);
    } finally {
      await client.end();
      await database.drop();
    }
  });
});

describe('With what stands in for Citus', () => {
  let arena: Arena;
  let client: pg.Client;
  let organizer: RestClient;
  let cup: Cup;
  let folder: string;

  const put = (match: number, lines: Record<string, number>) =>
    organizer.call(api.putStats, {
      params: { id: cup.matchIds[match] ?? '' },
      body: { lines: Object.entries(lines).map(([userId, kills], index) => ({ userId, participantId: index % 2 === 0 ? 'home' : 'away', stats: { kills, deaths: 2, weapon: index === 0 ? 'AWP' : 'AK-47' } })) },
    });
  const end = (match: number, winnerId: string) => organizer.call(api.endMatch, { params: { id: cup.matchIds[match] ?? '' }, body: { winnerId } });
  const count = async (what: string) => (await client.query<{ rows: number }>(`select count(*)::int as rows from ${what}`)).rows[0]?.rows;
  const expectExact = async () => {
    for (const [path, body] of Object.entries(await rawAnalytics(client, 'ana', cup.id))) expect({ path, body: given(await send(arena.at(0), 'GET', `/analytics/${path}`)) }).toEqual({ path, body });
  };

  /** A server has written and folded; then it is stopped, as the script asks for. */
  beforeAll(async () => {
    arena = await openArena({ redis: false, env: { RATE_READ_PER_10S: '1000000' } });
    client = await connect(arena.databaseUrl);
    organizer = await arena.rest(0, 'ORGANIZER');
    for (const id of ['ana', 'bo', 'cleo']) await organizer.call(api.createUser, { body: { id, username: id.toUpperCase() } });
    cup = await openCup(organizer, { matches: 4 });
    await put(0, { ana: 10, bo: 5 });
    await put(1, { ana: 1, cleo: 7 });
    await end(0, 'home');
    await until(async () => ((await count('player_totals')) ?? 0) > 0, 10_000, 'lines to be folded');
    await arena.at(0).stop();
    // Where PostgreSQL's own user may read, too.
    folder = mkdtempSync(join(tmpdir(), 'grandstand-citus-'));
    chmodSync(folder, 0o755);
    cpSync(standIns, join(folder, 'extension'), { recursive: true });
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    await client.query(`alter database ${rows[0]?.name ?? ''} set extension_control_path = '${folder}:$system'`);
    await client.end();
    client = await connect(arena.databaseUrl);
  });
  afterAll(async () => {
    await client.end();
    await arena.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const OFF = 'set local citus.enable_local_reference_table_foreign_keys to off';
  const BARE = `${OFF}; do $$ declare t record; begin for t in select tgname, tgrelid::regclass as r from pg_trigger where not tgisinternal loop execute format('drop trigger %I on %s', t.tgname, t.r); end loop; end $$`;
  const COPIED = `${BARE}; select create_reference_table('users'), create_reference_table('tournaments'); select create_reference_table('participants'); select create_reference_table('matches')`;
  const KEY = 'alter table game_stats drop constraint game_stats_user_id_fkey, add constraint game_stats_user_id_fkey foreign key (user_id) references users (id) on delete restrict';
  it.each([
    ['a table that has triggers', OFF, `select create_reference_table('matches')`, /"matches" because it has triggers/],
    ['a partitioned reference table', BARE, `select create_reference_table('game_stats')`, /only supported for hash-distributed/],
    ['a reference table that refers to a local one', BARE, `select create_reference_table('participants')`, /referenced table "tournaments" must be/],
    ['local tables tied to a reference table', BARE.replace(OFF, 'select 1'), `select create_reference_table('users')`, /Citus would add to its metadata/],
    ['a local table that has foreign keys', BARE, `select citus_add_local_table_to_metadata('staff')`, /involved in a foreign key relationship/],
    ['a partition', BARE, `select create_distributed_table('game_stats_csgo', 'user_id')`, /which is a partition/],
    ['a unique key without the distribution column', BARE, `select create_distributed_table('stat_watermark', 'updated_at')`, /do not include the partition column.*stat_watermark_pkey/],
    ['a distributed table that refers to a local one', BARE, `select create_distributed_table('game_stats', 'user_id')`, /referenced table "(users|matches)" must be/],
    ['an update passed on to the distribution column', COPIED, `select create_distributed_table('game_stats', 'user_id')`, /not supported in ON UPDATE .*game_stats_user_id_fkey/],
    ['a key to a reference table after something parallel', `${KEY}; ${COPIED}; select create_distributed_table('player_totals', 'user_id')`, `select create_distributed_table('game_stats', 'user_id')`, /in this transaction because it has a foreign key/],
    ['a company that is not distributed', BARE, `select create_distributed_table('player_totals', 'user_id', colocate_with => 'game_stats')`, /game_stats is not distributed/],
    ['a distributed table again', `${BARE}; select create_distributed_table('player_totals', 'user_id')`, `select create_distributed_table('player_totals', 'user_id')`, /already distributed/],
    ['a trigger on a distributed table', `${BARE}; select create_distributed_table('player_totals', 'user_id')`, 'create trigger late after insert on player_totals for each statement execute function stat_lines_truncated()', /triggers are only supported for local tables/],
    ['a copied table changed after lines of several players', `${KEY}; ${COPIED}; set local citus.multi_shard_modify_mode to 'sequential'; select create_distributed_table('game_stats', 'user_id'); set local citus.multi_shard_modify_mode to 'parallel'; insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) select player, game, id, tournament_id, 'home', '{}' from matches, unnest(array['ana', 'bo']) player on conflict do nothing`, `update matches set home_score = 1`, /cannot execute DML on reference relation "matches" because there was a parallel DML/],
    ['a foreign key to a local table, added later', `${BARE}; select create_distributed_table('player_totals', 'user_id')`, 'alter table player_totals add foreign key (user_id) references users (id)', /referenced table "users" must be/],
  ])('%s is refused', async (_, prepare, refused, reason) => {
    await client.query('begin');
    try {
      await client.query(`create extension citus; ${prepare}`);
      await expect(client.query(refused)).rejects.toThrow(reason);
    } finally {
      await client.query('rollback');
    }
  });

  it('the script runs through, once, and each table becomes what it should', async () => {
    const { code, output, errors } = await distribute(arena.databaseUrl);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output.trim().split('\n')).toEqual([
      'game_stats: distributed', 'match_events: local', 'matches: reference', 'participants: reference', 'player_gains: distributed', 'player_totals: distributed',
      'staff: local', 'stat_deltas: distributed', 'stat_watermark: reference', 'tournaments: reference', 'users: reference',
    ].sort());
    const { rows } = await client.query(`select distribution_column, count(distinct colocation_id)::int as places from citus_tables where citus_table_type = 'distributed' group by 1`);
    expect(rows).toEqual([{ distribution_column: 'user_id', places: 1 }]);
    expect(await count(`pg_trigger where not tgisinternal and tgname not like 'stand\\_in%'`)).toBe(0);
    // A key between a table that Citus knows and one that it does not would look at rows that were moved away.
    expect(await count(`pg_constraint where contype = 'f' and conparentid = 0 and (conrelid in (select table_name from citus_tables)) <> (confrelid in (select table_name from citus_tables))`)).toBe(0);
    // None was lost on the way.
    const keys = async (on: pg.Client) => (await on.query<{ key: string }>(`select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as key from pg_constraint where contype = 'f' and conparentid = 0 order by 1`)).rows.map(({ key }) => key);
    const plain = await createDatabase();
    const other = await connect(plain.url);
    expect(await keys(client)).toEqual((await keys(other)).map((key) => (key.includes('game_stats_user_id_fkey') ? key.replace(' ON UPDATE CASCADE', '') : key)));
    await other.end();
    await plain.drop();

    const before = await catalog(client);
    expect(await distribute(arena.databaseUrl)).toEqual({ code: 1, output: '', errors: 'Nothing was distributed. This database is distributed already.\n' });
    expect(await catalog(client)).toEqual(before);
  });

  it('a statement has a plan for its values, where without Citus it has one for all of them', async () => {
    // One for all values is refused where it goes to several nodes: CreateDistributedPlan of distributed_planner.c.
    const plansOn = async (url: string) => {
      const database = openDatabase({ url, max: 1, nameStatements: true, onError: () => undefined });
      try {
        return await database.session(async (rows) => {
          for (const id of ['ana', 'bo', 'cleo']) await rows(Prisma.sql`select from users where id = ${id}::text`);
          return rows<{ generic: number; custom: number }>(Prisma.sql`select generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements where statement like 'select from users%'`);
        });
      } finally {
        await database.close();
      }
    };
    expect(await plansOn(arena.databaseUrl)).toEqual([{ generic: 0, custom: 3 }]);
    const plain = await createDatabase();
    expect(await plansOn(plain.url)).toEqual([{ generic: 3, custom: 0 }]);
    await plain.drop();
  });

  it('lines are read by statements that Citus neither refuses nor answers by fetching all of them', async () => {
    const asked: Prisma.Sql[] = [];
    const rows: Rows = async <Row>(sql: Prisma.Sql) => {
      asked.push(sql);
      return (await rowsOf(client, sql)) as Row[];
    };
    const read = async <T>(work: (rows: Rows) => Promise<T>) => ({ value: await work(rows), replayed: null });
    const reads = new AnalyticsRepository({ read, find: read, fromPrimary: <T>(work: (rows: Rows) => Promise<T>) => work(rows) } as unknown as ReadDatabase);
    await reads.playerKda('ana', {});
    await reads.playerPage('ana', 10);
    const ofLines = () => asked.filter(({ text }) => text.includes('game_stats'));
    // The node that has a player's lines is found by a constant: TargetShardIntervalsForRestrictInfo of multi_router_planner.c.
    expect(ofLines()).toHaveLength(5);
    for (const { text, values } of ofLines()) {
      const plan = (await rowsOf(client, { text: `explain (costs off) ${text}`, values })).map((line) => Object.values(line)[0]).join('\n');
      expect(plan).toMatch(/user_id = 'ana'::text/);
      expect(plan).not.toMatch(/user_id = u\.id|u\.id = g/);
    }
    await reads.topPlayers({ stat: 'kills', limit: 10 });
    await reads.leaderboard({ minMatches: 1, limit: 10 });
    await reads.search({ hasKey: 'kills', limit: 10, after: null });
    await reads.search({ contains: { weapon: 'AWP' }, limit: 10, after: null });
    await reads.tournamentTable(cup.id, () => 'kills', 10);
    await reads.tournamentLines(cup.id);
    const texts = ofLines().map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(12);
    // What has these is planned apart, and every row that comes out of it is fetched: DeferErrorIfSubqueryRequiresMerge of query_pushdown_planning.c.
    expect(texts.filter((text) => /\boffset\b|\bmaterialized\b/.test(text))).toEqual([]);
    // Refused where it aggregates lines for each row of a copied table: DeferredErrorIfUnsupportedLateralSubquery of the same.
    expect(texts.filter((text) => /lateral \(\s*select/.test(text))).toEqual([]);
  });

  it('a server answers every ranking from the rows, says once that nobody keeps totals, and folds nothing', async () => {
    const instance = arena.at(0);
    const earlier = instance.log.length;
    await instance.boot();
    await expectExact();
    await until(() => instance.log.slice(earlier).some(({ event }) => event === 'totals_not_kept'), 10_000, 'the worker to look for the totals');
    await put(1, { ana: 20, cleo: 3 });
    await put(2, { bo: 30, cleo: 4 });
    await expectExact();
    await end(1, 'away');
    await organizer.call(api.correctMatch, { params: { id: cup.matchIds[0] ?? '' }, body: { winnerId: 'away', reason: 'the sheet was read upside down' } });
    await organizer.call(api.cancelMatch, { params: { id: cup.matchIds[2] ?? '' }, body: {} });
    await expectExact();
    await organizer.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
    await organizer.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'public' } });
    await client.query(`delete from game_stats where user_id = 'cleo'`);
    await expectExact();

    expect(await Promise.all(['player_totals', 'player_gains', 'stat_deltas'].map(count))).toEqual([0, 0, 0]);
    const metrics = await (await fetch(`${instance.url}/metrics`)).text();
    expect(metrics).toMatch(/^grandstand_totals_fold_seconds_count\S* 0$/m);
    await instance.stop();
    const log = instance.log.slice(earlier);
    expect(log.filter(({ event }) => event === 'totals_not_kept')).toHaveLength(1);
    expect(log.filter(({ level, event }) => level === 'error' || level === 'fatal' || level === 'raw' || event === 'totals_rebuilt')).toEqual([]);
  });

  it('a seed writes its lines, and folds none of them', async () => {
    const before = (await count('game_stats')) ?? 0;
    const { lines } = await seedRows({ databaseUrl: arena.databaseUrl, rows: 500, seed: 'spread', progress: () => undefined, step: () => undefined });
    expect(await count('game_stats')).toBe(before + lines);
    expect(await Promise.all(['player_totals', 'player_gains', 'stat_deltas'].map(count))).toEqual([0, 0, 0]);
  });
});
