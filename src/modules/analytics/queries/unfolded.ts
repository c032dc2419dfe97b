/**
 * What is not in the totals: lines, with what they count now, and the signed rows of what changed. The totals hold what
 * the transactions wrote that the snapshot `stat_watermark.folded` sees; all others are found by looks into an index:
 * one for those that began after it, one for each that was under way. However long one of these takes, it costs one
 * more look.
 *
 * The planner knows neither how many rows there are nor where, so the query's shape tells it what to do: `offset 0` keeps
 * the looks apart from all else, one by one, and a range has two ends, since an open one is taken for a third of the table.
 */
import { GAMES } from '../../../contracts/games/index.js';
import { Prisma } from '../../../generated/prisma/client.js';
import { partitionOf } from '../../../platform/database/partitions.js';

const FOLDED = Prisma.sql`(select folded from stat_watermark)`;

/** One game's lines by their own name: the partitions of the others need not be prepared for, which takes as long as the rest. */
const LINES = new Map<string | undefined, Prisma.Sql>(GAMES.map(({ name }) => [name, Prisma.raw(partitionOf(name))]));

/** Larger than any. */
const END = Prisma.sql`'18446744073709551615'::xid8`;

export interface Unfolded {
  game?: string;
  /** A condition on a row. */
  where?: Prisma.Sql;
  /** The snapshot whose transactions are left out. @default what is folded, at the moment of the query */
  folded?: Prisma.Sql;
}

/** From `game_stats`: a line counts while its match and its tournament let it. Few do not, so that it is quicker to know those; each match is looked up once. */
export const unfoldedLines = (columns: Prisma.Sql, unfolded: Unfolded): Prisma.Sql => Prisma.sql`
  ${unfoldedRows('game_stats', columns, unfolded)} and match_id not in (
    select written.match_id
    from (${unfoldedRows('game_stats', Prisma.sql`match_id`, unfolded)} group by match_id offset 0) written
    cross join lateral (select m.status, m.tournament_id from matches m where m.id = written.match_id offset 0) m
    cross join lateral (select t.visibility from tournaments t where t.id = m.tournament_id offset 0) t
    where m.status = 'CANCELLED' or t.visibility <> 'public'
  )`;

/** From `stat_deltas`: each row counts `lines` times. */
export const unfoldedDeltas = (columns: Prisma.Sql, unfolded: Unfolded): Prisma.Sql => unfoldedRows('stat_deltas', columns, unfolded);

export const unfoldedRows = (table: 'game_stats' | 'stat_deltas', columns: Prisma.Sql, { game, folded = FOLDED, where = Prisma.sql`true` }: Unfolded): Prisma.Sql => Prisma.sql`
  select ${columns}
  from (select pg_snapshot_xmax(${folded}) as low, ${END} as high union all select each, each from pg_snapshot_xip(${folded}) each) range
  cross join lateral (
    select * from ${table === 'game_stats' ? (LINES.get(game) ?? Prisma.sql`game_stats`) : Prisma.sql`stat_deltas`}
    where xid >= range.low and xid <= range.high ${game === undefined ? Prisma.empty : Prisma.sql`and game = ${game}::text`}
    offset 0
  ) each_row
  where ${where}`;
