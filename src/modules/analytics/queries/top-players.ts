/** Players ranked by the sum of one numeric stat. Raw: reads every line that the filters let through. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Game } from '../../../contracts/games/index.js';
import type { TopPlayer } from '../../../contracts/analytics.js';
import { decimal, type NumericText } from './numeric.js';

export interface TopPlayersFilter {
  stat: string;
  game?: Game;
  tournamentId?: string;
  /** The match's date: when it was scheduled for, else when it started. Inclusive. */
  from?: string;
  to?: string;
  limit: number;
}

interface Row {
  user_id: string;
  username: string;
  total_matches: number;
  stat_value: NumericText;
  average_per_match: NumericText;
}

/** Lines of private tournaments are in no public ranking; one asked for by its id was checked by the caller. */
export const topPlayersSql = ({ stat, game, tournamentId, from, to, limit }: TopPlayersFilter): Prisma.Sql => Prisma.sql`
  select u.id as user_id, u.username, r.total_matches, r.stat_value::text, round(r.stat_value / r.total_matches, 2)::text as average_per_match
  from (
    select g.user_id, count(*)::int as total_matches, sum((g.stats ->> ${stat})::numeric) as stat_value
    from game_stats g
    join matches m on m.id = g.match_id
    join tournaments t on t.id = g.tournament_id
    where jsonb_typeof(g.stats -> ${stat}) = 'number' and m.status <> 'CANCELLED'
      ${tournamentId === undefined ? Prisma.sql`and t.visibility = 'public'` : Prisma.sql`and g.tournament_id = ${tournamentId}`}
      ${game === undefined ? Prisma.empty : Prisma.sql`and g.game = ${game}`}
      ${from === undefined ? Prisma.empty : Prisma.sql`and coalesce(m.scheduled_at, m.started_at) >= ${new Date(from)}::timestamptz`}
      ${to === undefined ? Prisma.empty : Prisma.sql`and coalesce(m.scheduled_at, m.started_at) <= ${new Date(to)}::timestamptz`}
    group by g.user_id
    order by stat_value desc, total_matches, g.user_id
    limit ${limit}::int
  ) r
  join users u on u.id = r.user_id
  order by r.stat_value desc, r.total_matches, r.user_id`;

export const topPlayerOf = (row: Row): TopPlayer => ({
  userId: row.user_id,
  username: row.username,
  totalMatches: row.total_matches,
  statValue: decimal(row.stat_value),
  averagePerMatch: decimal(row.average_per_match),
});
export type TopPlayerRow = Row;
