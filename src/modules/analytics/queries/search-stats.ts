/**
 * Stat lines by what they hold, game by game in the order of the primary key. No planner knows how rare `{"champion":"Riven"}` is, so
 * three ways are tried in turn; each gives the same page, or says that it could not.
 */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Game } from '../../../contracts/games/index.js';
import { counted, linesOf } from './counted.js';

export interface StatSearch {
  contains?: Record<string, unknown>;
  hasKey?: string;
  hasAll?: string[];
  hasAny?: string[];
  /** One game at a time: each is a partition with an index of its own. */
  game: Game;
  tournamentId?: string;
  userId?: string;
  limit: number;
  /** The key of the last line of the page before. */
  after: { userId: string; matchId: string } | null;
}

export interface FoundLineRow {
  user_id: string;
  username: string;
  game: string;
  match_id: string;
  tournament_id: string;
  participant_id: string;
  stats: unknown;
  updated_at: Date;
}

export type RareLineRow = { [Key in keyof FoundLineRow]: FoundLineRow[Key] | null } & { candidates: number };

const and = (condition: Prisma.Sql | undefined): Prisma.Sql => (condition === undefined ? Prisma.empty : Prisma.sql`and ${condition}`);

const holds = ({ contains, hasKey, hasAll, hasAny }: StatSearch): Prisma.Sql => Prisma.sql`
  ${and(contains && Prisma.sql`g.stats @> ${JSON.stringify(contains)}::jsonb`)}
  ${and(hasKey === undefined ? undefined : Prisma.sql`g.stats ? ${hasKey}::text`)}
  ${and(hasAll && Prisma.sql`g.stats ?& ${hasAll}::text[]`)}
  ${and(hasAny && Prisma.sql`g.stats ?| ${hasAny}::text[]`)}`;

const place = (search: StatSearch): Prisma.Sql => Prisma.sql`
  true ${linesOf(search)}
  ${and(search.userId === undefined ? undefined : Prisma.sql`g.user_id = ${search.userId}::text`)}
  ${and(search.after ? Prisma.sql`(g.user_id, g.match_id) > (${search.after.userId}::text, ${search.after.matchId}::text)` : undefined)}`;

const inOrder = Prisma.sql`order by g.user_id, g.match_id`;

/** `limit + 1` of `lines` that count, with the names of their players. */
const page = (search: StatSearch, lines: Prisma.Sql): Prisma.Sql => Prisma.sql`
  select g.user_id, u.username, g.game, g.match_id, g.tournament_id, g.participant_id, g.stats, g.updated_at
  from ${lines} g
  join matches m on m.id = g.match_id
  join tournaments t on t.id = m.tournament_id
  join users u on u.id = g.user_id
  where ${counted(search)}
  ${inOrder}
  limit ${search.limit + 1}::int`;

/**
 * How many lines are looked at in key order before the index is asked, 0.6 µs each. The first few tell how common it is: where
 * they hold a tenth of a page, the page is expected within ten times as many, for less than the index takes to give all
 * there are. Of 400,000 lines, those that one in 90 holds: 7 ms, where the index takes 11.
 */
export const WALKS = [1_000, 10_000] as const;
/** Of a page, from a walk that is worth going on with. */
export const WALK_ON_FROM = WALKS[0] / WALKS[1];

/** What is common is found soon in the order of the primary key. Whole if it fills the page. */
export const walkSql = (search: StatSearch, lines: number): Prisma.Sql =>
  page(search, Prisma.sql`(select * from (select * from game_stats g where ${place(search)} ${inOrder} limit ${lines}::int) g where true ${holds(search)})`);

/** As many of the rare ones as a page could need when most of them do not count. */
export const candidatesOf = (search: StatSearch): number => 10 * (search.limit + 1);

/** What is rare is found by the GIN index, whatever the planner makes of it: the order comes after. `candidates` tells whether these were all. */
export const rareSql = (search: StatSearch): Prisma.Sql => Prisma.sql`
  with found as materialized (
    select g.* from game_stats g where ${place(search)} ${holds(search)} offset 0
  ), first as materialized (
    select * from found g ${inOrder} limit ${candidatesOf(search)}::int
  )
  select page.*, (select count(*)::int from first) as candidates
  from (select 1) one left join (${page(search, Prisma.sql`first`)}) page on true
  order by page.user_id, page.match_id`;

/** Any search, however long it takes. */
export const searchStatsSql = (search: StatSearch): Prisma.Sql =>
  page(search, Prisma.sql`(select * from game_stats g where ${place(search)} ${holds(search)})`);
