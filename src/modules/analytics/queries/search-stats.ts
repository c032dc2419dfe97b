/** Stat lines by what they hold. `@>` is served by the GIN index where it is rare; keys that every line has are read in order. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Game } from '../../../contracts/games/index.js';
import { counted, linesOf } from './counted.js';

export interface StatSearch {
  contains?: Record<string, unknown>;
  hasKey?: string;
  hasAll?: string[];
  hasAny?: string[];
  game?: Game;
  tournamentId?: string;
  userId?: string;
  limit: number;
  /** The key of the last line of the page before. */
  after: { userId: string; game: string; matchId: string } | null;
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

const and = (condition: Prisma.Sql | undefined): Prisma.Sql => (condition === undefined ? Prisma.empty : Prisma.sql`and ${condition}`);

/** In the order of the primary key, so that a page is read from it without a sort; `limit + 1` of them. */
export const searchStatsSql = (search: StatSearch): Prisma.Sql => {
  const { contains, hasKey, hasAll, hasAny, userId, limit, after } = search;
  return Prisma.sql`
    select g.user_id, u.username, g.game, g.match_id, g.tournament_id, g.participant_id, g.stats, g.updated_at
    from game_stats g
    join matches m on m.id = g.match_id
    join tournaments t on t.id = m.tournament_id
    join users u on u.id = g.user_id
    where ${counted(search)} ${linesOf(search)}
      ${and(contains && Prisma.sql`g.stats @> ${JSON.stringify(contains)}::jsonb`)}
      ${and(hasKey === undefined ? undefined : Prisma.sql`g.stats ? ${hasKey}::text`)}
      ${and(hasAll && Prisma.sql`g.stats ?& ${hasAll}::text[]`)}
      ${and(hasAny && Prisma.sql`g.stats ?| ${hasAny}::text[]`)}
      ${and(userId === undefined ? undefined : Prisma.sql`g.user_id = ${userId}::text`)}
      ${and(after ? Prisma.sql`(g.user_id, g.game, g.match_id) > (${after.userId}::text, ${after.game}::text, ${after.matchId}::text)` : undefined)}
    order by g.user_id, g.game, g.match_id
    limit ${limit + 1}::int`;
};
