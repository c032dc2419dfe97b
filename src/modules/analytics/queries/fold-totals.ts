/**
 * Folds lines and deltas into the totals: those of transactions that ended since the last fold, one worker at a time. The
 * totals, the gains, the deletes and the snapshot of what is folded are committed together: a reader finds a row in the
 * totals, among the gains or among the unfolded, in one of them.
 *
 * Each statement has a snapshot of its own, later than `to`. That is harmless: the rows of transactions that `to` sees do
 * not change but by transactions that leave what they take from an unfolded line at that line's xid (see the migration
 * that made the journal), and all of one player's rows of a game are summed by one statement.
 */
import { GAMES } from '../../../contracts/games/index.js';
import { Prisma } from '../../../generated/prisma/client.js';
import { gainsCountedSql, moveGainsSql } from './gains.js';
import { addTotals, ALL_GAMES, numberOf, STAT_COLUMNS, totalsColumns, type StatColumn } from './ranked-stats.js';
import { allFolded, times, unfoldedRows, unfoldedSteps } from './unfolded.js';

/** What a worker looks at before it begins a fold, which takes ten times as long. */
export interface FoldState {
  /** There is something to fold. */
  unfolded: boolean;
  /** The snapshot that the last fold ended with. */
  upTo: string;
  /** Since then, milliseconds of the server's clock. */
  sinceMs: number;
}
export const foldStateSql = Prisma.sql`
  select not ${allFolded(undefined)} as unfolded, folded::text as "upTo", (extract(epoch from clock_timestamp() - updated_at) * 1000)::float8 as "sinceMs"
  from stat_watermark`;

/**
 * Shared by every instance, and by `stat_totals_rebuild()`. With memory enough to aggregate a batch without files; compiling
 * a plan would take longer than running it. A fold that a crash of the server takes back is made again: nobody waits for the
 * disk.
 */
const tryFoldLockSql = Prisma.sql`
  select pg_try_advisory_xact_lock(hashtextextended('grandstand stat totals', 0)) as locked, set_config('work_mem', '64MB', true) as work_mem, set_config('jit', 'off', true) as jit,
    set_config('synchronous_commit', 'off', true) as synchronous_commit`;

/** From one snapshot to a later one: what the second sees and the first does not. */
interface FoldRange {
  from: string;
  to: string;
  /** More has ended than `to` sees. */
  more: boolean;
}

/** At most about `batch` rows beyond those of transactions that were under way, cut between transactions. */
const foldRangeSql = (batch: number): Prisma.Sql => {
  const ended = (table: Prisma.Sql) => Prisma.sql`
    select xid from ${table}
    where xid >= (select pg_snapshot_xmax(before) from moment) and xid < (select pg_snapshot_xmax(now) from moment) and pg_visible_in_snapshot(xid, (select now from moment))
    order by xid limit ${batch}::int + 1`;
  return Prisma.sql`
    with moment as materialized (
      select folded as before, pg_current_snapshot() as now from stat_watermark
    ), cut as materialized (
      select case when last > first then last else (first::text::numeric + 1)::text::xid8 end as xid
      from (
        select min(xid) as first, max(xid) as last, count(*) as rows
        from (select xid from ((${ended(Prisma.sql`game_stats`)}) union all (${ended(Prisma.sql`stat_deltas`)})) each_row order by xid limit ${batch}::int + 1) ended
      ) batch
      where rows > ${batch}::int
    ), fold as materialized (
      select before, cut.xid is not null as more,
        case when cut.xid is null then now
             else format('%s:%s:%s', least(pg_snapshot_xmin(now), cut.xid), cut.xid, (select string_agg(x::text, ',' order by x) from pg_snapshot_xip(now) x where x < cut.xid))::pg_snapshot end as snapshot
      from moment left join cut on true
    )
    select before::text as "from", snapshot::text as "to", more from fold`;
};

/** What a range holds of one tournament. */
interface Part {
  game: string;
  tournament_id: string;
  rows: number;
  /** Some hold a stat of another game. */
  odd: boolean;
}

const within = ({ from, to }: FoldRange) => ({ folded: Prisma.sql`${from}::pg_snapshot`, upTo: Prisma.sql`${to}::pg_snapshot`, where: Prisma.sql`pg_visible_in_snapshot(xid, ${to}::pg_snapshot)` });

/** The stats that a game declares. */
export const columnsOf = (game: string): readonly StatColumn[] => STAT_COLUMNS.filter(({ stat }) => GAMES.find(({ name }) => name === game)?.numericStats.includes(stat) !== false);

const isOdd = Prisma.sql`case game ${Prisma.join(GAMES.map(({ name }) => {
  const own = columnsOf(name);
  return Prisma.sql`when ${name}::text then stats ?| ${STAT_COLUMNS.filter((column) => !own.includes(column)).map(({ stat }) => stat)}::text[]`;
}), ' ')} end`;

const partsSql = (range: FoldRange): Prisma.Sql => {
  const rows = (table: 'game_stats' | 'stat_deltas') => unfoldedRows(table, Prisma.sql`game, tournament_id, stats`, within(range));
  return Prisma.sql`
    select game, tournament_id, count(*)::int as rows, coalesce(bool_or(${isOdd}), false) as odd
    from (${rows('game_stats')} union all ${rows('stat_deltas')}) each_row
    group by game, tournament_id`;
};

/** One of `of` about equal parts of the players. */
interface Share {
  of: number;
  part: number;
}

/**
 * One game's lines into its own totals and those of all games, or into the gains. A game has a third of the stats there are:
 * the others are left alone, unless some line of the range is `odd`.
 */
const foldSql = (range: FoldRange, { game, odd }: Pick<Part, 'game' | 'odd'>, { of, part }: Share, gather: boolean): Prisma.Sql => {
  const { where, ...snapshots } = within(range);
  const unfolded = { game, ...snapshots, where: of === 1 ? where : Prisma.sql`${where} and (hashtext(user_id) & 1073741823) % ${of}::int = ${part}::int` };
  const stats = odd ? STAT_COLUMNS : columnsOf(game);
  const values = Prisma.join(stats.map(({ stat, sum }) => Prisma.sql`stats -> ${stat}::text as ${sum}`));
  const numbers = Prisma.join(stats.map(({ sum }) => Prisma.sql`${times(numberOf(sum))} as ${sum}`));
  const sums = Prisma.join(stats.map(({ sum, lines }) => Prisma.sql`coalesce(sum(${sum}), 0) as ${sum}, coalesce(sum(lines) filter (where ${sum} is not null), 0) as ${lines}`));
  const add = (table: 'player_totals' | 'player_gains', key: string): Prisma.Sql => addTotals(table, stats, Prisma.sql`select ${key}::text, user_id, ${Prisma.join(totalsColumns(stats))} from sums order by user_id`);
  return Prisma.sql`
    with ${unfoldedSteps(Prisma.sql`user_id, stats`, unfolded)},
    sums as materialized (
      select user_id, sum(lines) as lines, sum(played) as played, sum(wins) as wins, ${sums}
      from (select user_id, lines, played, wins, ${numbers} from (select user_id, lines, played, wins, ${values} from unfolded offset 0) each_value offset 0) each_row
      group by user_id
    )
    ${gather ? add('player_gains', game) : Prisma.sql`, of_game as (${add('player_totals', game)}) ${add('player_totals', ALL_GAMES)}`}`;
};

/** Ends a fold: moves the snapshot, drops the deltas that it sees (none is read again), also those that were left at a line's xid while it was being folded. */
const endFoldSql = (range: FoldRange): Prisma.Sql => Prisma.sql`
  with moved as (
    update stat_watermark set folded = ${range.to}::pg_snapshot, updated_at = clock_timestamp() where id = 1
  )
  delete from stat_deltas where xid < pg_snapshot_xmax(${range.to}::pg_snapshot) and ${within(range).where}`;

export interface FoldSize {
  /** About how many rows at most, beyond those of transactions that were under way. */
  batch: number;
  /** More rows than these are gathered as gains, while there are fewer gains than `gains` and their table is shorter than `gainsBytes`. */
  gatherFrom: number;
  gains: number;
  gainsBytes: number;
  /** So many gains at most are moved to the totals by a fold that gathers none. */
  moved: number;
  /** So many rows are folded by one statement, in a second or two: one transaction may have written more, and cannot be cut. */
  statement: number;
}

/**
 * The more at once, the cheaper: a player is written once a fold, however many lines they have in it. 1,000 lines of 600
 * players took 26 ms, 4,000 of 1,000 took 55; gathered as gains 9 and 22. Readers go through all of the gains' table, which
 * takes 4 MB for 10,000 gains. While a transaction is open it keeps every old version of them: beside one, and 180 folds of
 * 1,200 lines, these were 20 MB, and a top ten took 14 ms.
 */
export const FOLD_SIZE: FoldSize = { batch: 50_000, gatherFrom: 1_000, gains: 10_000, gainsBytes: 8 * 1024 * 1024, moved: 2_000, statement: 100_000 };

/** Whoever writes many lines at once waits from here to the fold's end: the migration that made them wait says why. */
const holdWritersSql = Prisma.sql`select pg_advisory_xact_lock(hashtextextended('grandstand stat totals are behind', 0))::text`;

/** Whose rankings a fold changed, and by how many rows. */
export type Folded = Omit<Part, 'odd'>;

export interface Fold {
  folded: Folded[];
  /** There is more to do at once. */
  more: boolean;
  /** As gains: they are not in the totals yet. */
  gathered: boolean;
  /** The last gains that were there are in the totals now. */
  emptied: boolean;
  upTo: string;
}

const rowsOf = (parts: readonly Part[]): number => parts.reduce((sum, { rows }) => sum + rows, 0);

/** One fold, within the transaction that `query` asks in; null: somebody else is at it. */
export async function fold(query: <Row>(sql: Prisma.Sql) => Promise<Row[]>, given: Partial<FoldSize> = {}): Promise<Fold | null> {
  const size = { ...FOLD_SIZE, ...given };
  // A statement of its own: the next one must see what the last holder of the lock committed.
  const [lock] = await query<{ locked: boolean }>(tryFoldLockSql);
  if (!lock?.locked) return null;
  const [range] = await query<FoldRange>(foldRangeSql(size.batch));
  if (!range) throw new Error('stat_watermark has no row');
  const parts = await query<Part>(partsSql(range));
  const rows = rowsOf(parts);
  const [{ gains, bytes } = { gains: 0, bytes: 0 }] = await query<{ gains: number; bytes: number }>(gainsCountedSql(Math.max(size.gains, size.moved + 1)));
  const gather = rows > size.gatherFrom && rows <= size.statement && gains < size.gains && bytes < size.gainsBytes;
  // Not for as long as one huge transaction takes.
  if (range.more && rows <= size.statement) await query(holdWritersSql);
  for (const game of new Set(parts.map((part) => part.game))) {
    const ofGame = parts.filter((part) => part.game === game);
    const of = Math.ceil(rowsOf(ofGame) / size.statement);
    for (let part = 0; part < of; part += 1) await query(foldSql(range, { game, odd: ofGame.some(({ odd }) => odd) }, { of, part }, gather));
  }
  if (!gather && gains > 0) await query(moveGainsSql(size.moved));
  if (rows > 0) await query(endFoldSql(range));
  return { folded: parts, more: range.more || (!gather && gains > size.moved), gathered: gather, emptied: !gather && gains > 0 && gains <= size.moved, upTo: rows > 0 ? range.to : range.from };
}

/** On a server whose transactions are numbered from below what is folded, as after a dump was restored to it, every new line would count as folded. */
export const restoredSql = Prisma.sql`select pg_snapshot_xmax(folded) > pg_snapshot_xmax(pg_current_snapshot()) as restored from stat_watermark`;

/** Starts all over where that is so, within the transaction that `query` asks in: once, however many instances found that it is needed. */
export async function rebuildIfRestored(query: <Row>(sql: Prisma.Sql) => Promise<Row[]>): Promise<void> {
  // A statement of its own, as for a fold.
  await query(Prisma.sql`select pg_advisory_xact_lock(hashtextextended('grandstand stat totals', 0))::text`);
  const [row] = await query<{ restored: boolean }>(restoredSql);
  if (row?.restored) await query(Prisma.sql`select stat_totals_rebuild()::text`);
}

/** How far the totals lag: rows that reads have to add, counted up to a bound. */
export const backlogSql = (countedUpTo: number): Prisma.Sql => Prisma.sql`
  select count(*)::int as rows
  from (
    select from (${unfoldedRows('game_stats', Prisma.sql`1`, {})} union all ${unfoldedRows('stat_deltas', Prisma.sql`1`, {})}) each_row limit ${countedUpTo}::int
  ) counted`;
