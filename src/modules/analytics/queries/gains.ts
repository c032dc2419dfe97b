/**
 * What players gained by the last folds of many lines, in a small table without the rankings' indexes. A player's totals,
 * of the game and of all games, are in up to seven entries of these, and changing them is most of what a fold of a thousand
 * lines takes. Gathered here first, such a fold takes two fifths, and a player who has lines in many of them is moved to the
 * totals once. Readers add them up with what is not folded: they are few, and numbers already.
 */
import { Prisma } from '../../../generated/prisma/client.js';
import { addTotals, ALL_GAMES, STAT_COLUMNS, totalsColumns } from './ranked-stats.js';

/** Of one game, or of all, where a player has a row for each. */
export const gainsSql = (columns: Prisma.Sql, game: string | undefined): Prisma.Sql =>
  Prisma.sql`select ${columns} from player_gains ${game === undefined ? Prisma.empty : Prisma.sql`where game = ${game}::text`}`;

/** How many there are, counted up to a bound, and how long their table is, with what is there of old versions. */
export const gainsCountedSql = (upTo: number): Prisma.Sql => Prisma.sql`
  select count(*)::int as gains, pg_relation_size('player_gains')::float8 as bytes from (select from player_gains limit ${upTo}::int) counted`;

/**
 * When none is left, outside a transaction. The table is as long as it was then, and readers go through it from end to end:
 * beside 1,000 lines a second a top ten took 1 instead of 0.3 ms until autovacuum came. To shorten it PostgreSQL waits up to
 * five seconds for a moment without a reader.
 */
export const vacuumGainsSql = Prisma.sql`vacuum (skip_locked) player_gains`;

const names = Prisma.join(totalsColumns(STAT_COLUMNS));

/** So many of them into the totals, whichever. */
export const moveGainsSql = (atMost: number): Prisma.Sql => Prisma.sql`
  with moved as (
    delete from player_gains where ctid = any(array(select ctid from player_gains limit ${atMost}::int)) returning *
  ), of_game as (
    ${addTotals('player_totals', STAT_COLUMNS, Prisma.sql`select game, user_id, ${names} from moved order by game, user_id`)}
  )
  ${addTotals('player_totals', STAT_COLUMNS, Prisma.sql`
    select ${ALL_GAMES}::text, user_id, ${Prisma.join(totalsColumns(STAT_COLUMNS).map((column) => Prisma.sql`sum(${column})`))} from moved group by user_id order by user_id`)}`;
