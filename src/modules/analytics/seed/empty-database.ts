/**
 * A seed into a database without matches. Inserted as others are, a line costs 40 µs, for its entries in five indexes, two
 * foreign keys and the triggers, of which making it up takes 5. So the rows are written, by several connections, to plain tables that stand
 * in for the real ones, are summed up there, and take their place in one transaction, which builds every index and checks
 * every key. A partition gets them from its parent when it is attached, so that none is written down here a second time.
 *
 * Whatever dies before that transaction's commit leaves the database as it was, but for the tables `seeding_…`: the next
 * seed drops them. Guarded by test/seed.test.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Prisma } from '../../../generated/prisma/client.js';
import { ensureGamePartitions, partitionOf } from '../../../platform/database/partitions.js';
import { SERVER_NAME } from '../../../platform/database/prisma.js';
import { columnsOf } from '../queries/fold-totals.js';
import { ALL_GAMES, numberOf, STAT_COLUMNS, totalsColumns, totalsKeptSql, type StatColumn } from '../queries/ranked-stats.js';
import { participantsSql, SEEDED_GAMES, tournamentsSql, usersSql, type SeedSize } from './season.js';
import { inParallel, run, SETTINGS, writeLines, type SeedPlan } from './writers.js';

const standIn = (table: string): string => `seeding_${table}`;
/** What others refer to comes first. */
const REFERRED_TO = ['users', 'tournaments', 'participants', 'matches'];
const PARTITIONS = SEEDED_GAMES.map(partitionOf);
const STAND_INS = [...REFERRED_TO, ...PARTITIONS, 'player_totals'].map(standIn).join(', ');

/** Somebody who holds a row and waits for another may wait for us as we do for them: we are the ones who give way. */
const LOCK_TRIES = 100;
const LOCK_WAIT_MS = 500;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/** One seed at a time stands in for the tables. */
const lockSql = `select pg_try_advisory_lock(hashtextextended('grandstand seed', 0)) as yes`;
const unlockSql = `select pg_advisory_unlock(hashtextextended('grandstand seed', 0))`;

/** Nothing is there that is counted, nobody distributed the tables, and a partition is as `migrate` made it: what another one in its place would not inherit would be lost with it. */
const replaceableSql = `
  select (${totalsKeptSql.text})
    and not exists (select from matches) and not exists (select from game_stats) and not exists (select from stat_deltas) and not exists (select from player_totals) and not exists (select from player_gains)
    and (
      select count(*) from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class parent on parent.oid = i.inhparent
      where parent.oid = 'game_stats'::regclass and c.relname = any($1) and c.relowner = parent.relowner and c.relowner = current_user::regrole and c.relacl is null and c.reloptions is null
        and not exists (select from pg_index where indrelid = c.oid and not exists (select from pg_inherits where inhrelid = indexrelid))
        and not exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal and tgname not like 'stat\\_%')
    ) = cardinality($1::text[]) as yes`;
/** It would wait for the last transaction for longer than it lets a statement take. */
const noServerSql = `select not exists (select from pg_stat_activity where datname = current_database() and application_name = '${SERVER_NAME}') as yes`;

const holds = async (client: pg.Client, sql: string, values: unknown[] = []): Promise<boolean> => (await client.query<{ yes: boolean }>(sql, values)).rows[0]?.yes === true;

/** Returns how many lines there are; null, with nothing done, where it cannot be done this way. */
export async function seedEmpty(client: pg.Client, size: SeedSize, { databaseUrl, progress, step }: Pick<SeedPlan, 'databaseUrl' | 'progress' | 'step'>): Promise<number | null> {
  if (!(await holds(client, replaceableSql, [PARTITIONS])) || !(await holds(client, noServerSql)) || !(await holds(client, lockSql))) return null;
  try {
    await client.query(`${SETTINGS}; drop table if exists ${STAND_INS}`);
    for (const table of REFERRED_TO) await client.query(`create table ${standIn(table)} (like ${table} including defaults)`);
    for (const partition of PARTITIONS) await client.query(`create table ${standIn(partition)} (like ${partition} including all excluding indexes)`);
    await client.query(`create table ${standIn('player_totals')} (like player_totals including defaults)`);
    for (const sql of [usersSql, tournamentsSql, participantsSql]) await run(client, sql(standIn, size));
    const lines = await writeLines(databaseUrl, size, { tableOf: standIn, linesOf: (game) => standIn(partitionOf(game)), progress });
    step('summing up the totals');
    await inParallel(databaseUrl, SEEDED_GAMES, async (writer, game) => {
      await writer.query(`vacuum (analyze) ${standIn(partitionOf(game))}`);
      await run(writer, totalsOfGameSql(game));
    });
    await run(client, totalsOfAllSql());
    if (!(await takePlaces(client, step))) return null;
    await client.query('analyze game_stats');
    return lines;
  } finally {
    // If the connection is what failed there is nobody to ask, and the error to tell is the first one.
    await client.query(`rollback; drop table if exists ${STAND_INS}; ${unlockSql}; reset all`).catch(() => undefined);
  }
}

const namesOf = (columns: readonly StatColumn[]): Prisma.Sql => Prisma.join(totalsColumns(columns));

const totals = Prisma.raw(standIn('player_totals'));

/** All of a game's lines at once. No participant of a seed is a user, so a match is played by those who have a line in it. */
function totalsOfGameSql(game: string): Prisma.Sql {
  const columns = columnsOf(game);
  const [lines, matches, tournaments] = [partitionOf(game), 'matches', 'tournaments'].map((table) => Prisma.raw(standIn(table)));
  return Prisma.sql`
    insert into ${totals} (game, user_id, ${namesOf(columns)})
    select ${game}::text, user_id, count(*), count(*) filter (where completed), count(*) filter (where won),
      ${Prisma.join(columns.map(({ sum }) => Prisma.sql`coalesce(sum(${sum}), 0), count(${sum})`))}
    from (
      select user_id, completed, won, ${Prisma.join(columns.map(({ sum }) => Prisma.sql`${numberOf(sum)} as ${sum}`))}
      from (
        select line.user_id, m.status = 'COMPLETED' as completed, m.status = 'COMPLETED' and m.winner_id = line.participant_id as won,
          ${Prisma.join(columns.map(({ stat, sum }) => Prisma.sql`line.stats -> ${stat}::text as ${sum}`))}
        from ${lines} line join ${matches} m on m.id = line.match_id join ${tournaments} t on t.id = m.tournament_id
        where m.status <> 'CANCELLED' and t.visibility = 'public'
        offset 0
      ) each_value
      offset 0
    ) each_line
    group by user_id`;
}

const totalsOfAllSql = (): Prisma.Sql => Prisma.sql`
  insert into ${totals} (game, user_id, ${namesOf(STAT_COLUMNS)})
  select ${ALL_GAMES}::text, user_id, sum(lines), sum(played), sum(wins), ${Prisma.join(STAT_COLUMNS.map(({ sum, lines }) => Prisma.sql`sum(${sum}), sum(${lines})`))}
  from ${totals} group by user_id`;

/** False: somebody has written meanwhile. */
async function takePlaces(client: pg.Client, step: SeedPlan['step']): Promise<boolean> {
  await lockTables(client);
  if (!(await holds(client, replaceableSql, [PARTITIONS]))) {
    await client.query('rollback');
    return false;
  }
  step('moving in players and matches');
  await client.query(REFERRED_TO.slice(0, 3).map((table) => `insert into ${table} select * from ${standIn(table)}`).join(';'));
  // It would look for lines of each match, and for users among its participants: there are none.
  await client.query('alter table matches disable trigger stat_match_inserted');
  await withoutKeys(client, 'matches', `insert into matches select * from ${standIn('matches')}`);
  await client.query('alter table matches enable trigger stat_match_inserted');
  for (const game of SEEDED_GAMES) {
    const partition = partitionOf(game);
    step(`building the indexes and checking the keys of ${game}`);
    await client.query(`drop table ${partition}; alter table ${standIn(partition)} rename to ${partition}; alter table game_stats attach partition ${partition} for values in ('${game}')`);
  }
  await ensureGamePartitions(client);
  step('moving in the totals');
  await withoutKeys(client, 'player_totals', `insert into player_totals select * from ${standIn('player_totals')} order by game, user_id`);
  await client.query('update stat_watermark set folded = pg_current_snapshot(), updated_at = now() where id = 1');
  await client.query('commit');
  return true;
}

/** Begins the transaction. The totals' lock first, as in `stat_totals_rebuild`. */
async function lockTables(client: pg.Client): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`
        begin;
        set local lock_timeout = '${String(LOCK_WAIT_MS)}ms';
        select pg_advisory_xact_lock(hashtextextended('grandstand stat totals', 0));
        lock table users, tournaments, participants, matches, match_events, game_stats, stat_deltas, stat_watermark, player_totals, player_gains in access exclusive mode;
        set local lock_timeout = 0`);
      return;
    } catch (error) {
      await client.query('rollback');
      const held = error instanceof pg.DatabaseError && (error.code === LOCK_NOT_AVAILABLE || error.code === DEADLOCK);
      if (!held || tries === LOCK_TRIES) throw error;
      await pause(LOCK_WAIT_MS);
    }
  }
}

/** In a transaction: the table's foreign keys and indexes other than its primary key are made anew afterwards, as the catalogue has them. */
async function withoutKeys(client: pg.Client, table: string, fill: string): Promise<void> {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop, format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
     from pg_constraint where conrelid = $1::regclass and contype = 'f'
     union all
     select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     from pg_index where indrelid = $1::regclass and not exists (select from pg_constraint where conindid = indexrelid)`,
    [table],
  );
  for (const { drop } of rows) await client.query(drop);
  await client.query(fill);
  for (const { make } of rows) await client.query(make);
}
