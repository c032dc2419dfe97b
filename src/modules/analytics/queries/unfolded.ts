/**
 * What is not in the totals: lines, with what they count now, and the signed rows of what changed. The totals hold what
 * the transactions wrote that the snapshot `stat_watermark.folded` sees; all others are found by looks into an index:
 * one for those that began after it, one for each that was under way. However long one of these takes, it costs one
 * more look.
 *
 * The planner knows neither how many rows there are nor where, so the query's shape tells it what to do: `offset 0` keeps
 * the looks apart from all else, one by one; a range has two ends, since an open one is taken for a third of the table; a
 * step that the next ones read twice is materialized. Nearly always there is nothing, and then it is the number of
 * steps that takes the time.
 */
import { GAMES } from '../../../contracts/games/index.js';
import { Prisma } from '../../../generated/prisma/client.js';
import { partitionOf } from '../../../platform/database/partitions.js';
import { gainsSql } from './gains.js';

const FOLDED = Prisma.sql`(select folded from stat_watermark)`;

/** One game's lines by their own name: the partitions of the others need not be prepared for, which takes as long as the rest. */
const LINES = new Map<string | undefined, Prisma.Sql>(GAMES.map(({ name }) => [name, Prisma.raw(partitionOf(name))]));
const linesOf = (game: string | undefined): Prisma.Sql => LINES.get(game) ?? Prisma.sql`game_stats`;
const ofGame = (game: string | undefined): Prisma.Sql => (game === undefined ? Prisma.empty : Prisma.sql`and game = ${game}::text`);

/** Larger than any. */
const END = Prisma.sql`'18446744073709551615'::xid8`;

export interface Unfolded {
  game?: string;
  /** A condition on a row. */
  where?: Prisma.Sql;
  /** The snapshot whose transactions are left out. @default what is folded, at the moment of the query */
  folded?: Prisma.Sql;
  /** A later one, whose transactions alone are taken. @default every transaction that the query sees */
  upTo?: Prisma.Sql;
}

const ranges = ({ folded = FOLDED, upTo }: Pick<Unfolded, 'folded' | 'upTo'>): Prisma.Sql => Prisma.sql`
  select pg_snapshot_xmax(${folded}) as low, ${upTo ? Prisma.sql`pg_snapshot_xmax(${upTo})` : END} as high union all select each, each from pg_snapshot_xip(${folded}) each`;

const looks = (range: Prisma.Sql, table: 'game_stats' | 'stat_deltas', columns: Prisma.Sql, { game, where = Prisma.sql`true` }: Unfolded): Prisma.Sql => Prisma.sql`
  select ${columns}
  from ${range} range
  cross join lateral (
    select * from ${table === 'game_stats' ? linesOf(game) : Prisma.sql`stat_deltas`}
    where xid >= range.low and xid <= range.high ${ofGame(game)}
    offset 0
  ) each_row
  where ${where}`;

/** Whether the totals hold all there is: no gains, and one look into each index where `unfoldedSteps` takes twenty steps to find nothing. */
export const allFolded = (game: string | undefined): Prisma.Sql => {
  const look = (table: Prisma.Sql, where: Prisma.Sql): Prisma.Sql => Prisma.sql`select from ${table} where xid >= range.low and xid <= range.high ${where}`;
  return Prisma.sql`(not exists (
    select from (${ranges({})}) range
    cross join lateral (
      ${look(linesOf(game), Prisma.empty)}
      union all
      ${look(Prisma.sql`stat_deltas`, ofGame(game))}
      offset 0
    ) each_row
  ) and not exists (${gainsSql(Prisma.empty, game)}))`;
};

/** Rows as they stand, whether they count or not. */
export const unfoldedRows = (table: 'game_stats' | 'stat_deltas', columns: Prisma.Sql, unfolded: Unfolded): Prisma.Sql =>
  looks(Prisma.sql`(${ranges(unfolded)})`, table, columns, unfolded);

/** A number of a row of `unfolded`, as often as the row counts. Nearly all count once, and multiplying takes as long as adding up. */
export const times = (value: Prisma.Sql): Prisma.Sql => Prisma.sql`case when lines = 1 then ${value} else lines * ${value} end`;

/**
 * The steps of a `with` that end in `unfolded`: `columns`, which both tables have, and how often each row counts, as
 * `lines`, `played`, `wins`. A line counts while its match and its tournament let it: both are asked by key, and PostgreSQL
 * remembers what it has asked (Memoize). Beside twenty lines that takes four fifths of what knowing first the few that do
 * not count took, and the same beside thousands.
 */
export const unfoldedSteps = (columns: Prisma.Sql, unfolded: Unfolded): Prisma.Sql => Prisma.sql`
  looks as materialized (${ranges(unfolded)}),
  unfolded as (
    select written.*, 1 as lines, 0 as played, 0 as wins
    from (${looks(Prisma.sql`looks`, 'game_stats', Prisma.sql`${columns}, match_id`, unfolded)} offset 0) written
    cross join lateral (select tournament_id from matches where id = written.match_id and status <> 'CANCELLED' offset 0) counted_match
    cross join lateral (select from tournaments where id = counted_match.tournament_id and visibility = 'public' offset 0) public_tournament
    union all
    ${looks(Prisma.sql`looks`, 'stat_deltas', Prisma.sql`${columns}, null, lines, played, wins`, unfolded)}
  )`;
