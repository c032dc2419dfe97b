/** A tournament in numbers, read from its own matches and lines. Who may see it was decided by the caller. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { NumericText } from './numeric.js';

export interface TournamentCountsRow {
  participants: number;
  total: number;
  scheduled: number;
  live: number;
  completed: number;
  cancelled: number;
}

export interface TournamentLinesRow {
  players: number;
  lines: number;
}

export interface TournamentTotalRow {
  stat: string;
  value: NumericText;
  matches: number;
  average: NumericText;
}

export interface TournamentLeaderRow {
  stat: string;
  user_id: string;
  username: string;
  total_matches: number;
  stat_value: NumericText;
  average_per_match: NumericText;
}

export const gameOfTournamentSql = (id: string): Prisma.Sql => Prisma.sql`select game from tournaments where id = ${id}::text`;

export const tournamentCountsSql = (id: string): Prisma.Sql => Prisma.sql`
  select (select count(*)::int from participants where tournament_id = ${id}::text) as participants,
    count(*)::int as total, (count(*) filter (where status = 'SCHEDULED'))::int as scheduled, (count(*) filter (where status = 'LIVE'))::int as live,
    (count(*) filter (where status = 'COMPLETED'))::int as completed, (count(*) filter (where status = 'CANCELLED'))::int as cancelled
  from matches where tournament_id = ${id}::text`;

export const tournamentLinesSql = (id: string): Prisma.Sql => Prisma.sql`
  select count(distinct g.user_id)::int as players, count(*)::int as lines
  from game_stats g join matches m on m.id = g.match_id
  where g.tournament_id = ${id}::text and m.status <> 'CANCELLED'`;

const numbersOf = (id: string): Prisma.Sql => Prisma.sql`
  select g.user_id, g.match_id, e.key as stat, e.value::numeric as value
  from game_stats g
  join matches m on m.id = g.match_id
  cross join lateral jsonb_each(g.stats) e
  where g.tournament_id = ${id}::text and m.status <> 'CANCELLED' and jsonb_typeof(e.value) = 'number'`;

export const tournamentTotalsSql = (id: string): Prisma.Sql => Prisma.sql`
  select stat, sum(value)::text as value, count(distinct match_id)::int as matches, round(sum(value) / count(distinct match_id), 2)::text as average
  from (${numbersOf(id)}) numbers
  group by stat order by stat`;

export const tournamentLeadersSql = (id: string, limit: number): Prisma.Sql => Prisma.sql`
  select r.stat, r.user_id, u.username, r.total_matches, r.stat_value::text, round(r.stat_value / r.total_matches, 2)::text as average_per_match
  from (
    select stat, user_id, count(*)::int as total_matches, sum(value) as stat_value,
      row_number() over (partition by stat order by sum(value) desc, count(*), user_id) as place
    from (${numbersOf(id)}) numbers
    group by stat, user_id
  ) r
  join users u on u.id = r.user_id
  where r.place <= ${limit}::int
  order by r.stat, r.place`;
