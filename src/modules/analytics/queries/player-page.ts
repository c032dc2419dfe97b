/** A player's page: their record and totals in each game, and their last matches. Reads the player's own lines and matches alone. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { NumericText } from './numeric.js';

export interface RecordRow {
  game: string;
  played: number;
  wins: number;
  draws: number;
}

export interface GameTotalRow {
  game: string;
  stat: string;
  value: NumericText;
  matches: number;
  average: NumericText;
}

export interface GameLinesRow {
  game: string;
  lines: number;
  /** null: no line holds kills, deaths or assists. */
  kda: NumericText | null;
}

export interface LastMatchRow {
  match_id: string;
  tournament_id: string;
  game: string;
  status: string;
  participant_id: string;
  home_score: number;
  away_score: number;
  result: string | null;
  at: Date;
  stats: unknown;
}

/** Every match the user takes part in, once, with the participant they play for: their line's before their own. */
const takingPart = (userId: string): Prisma.Sql => Prisma.sql`
  select distinct on (match_id) match_id, participant_id, stats, bool_or(won) over (partition by match_id) as won
  from (
    select m.id as match_id, g.participant_id, g.stats, g.participant_id = m.winner_id as won, 0 as rank
    from game_stats g join matches m on m.id = g.match_id
    where g.user_id = ${userId}::text
    union all
    select m.id, p.id, null, p.id = m.winner_id, 1
    from participants p join matches m on m.tournament_id = p.tournament_id and p.id in (m.home_participant_id, m.away_participant_id)
    where p.user_id = ${userId}::text
  ) part
  order by match_id, rank, participant_id`;

const counts = Prisma.sql`m.status <> 'CANCELLED' and t.visibility = 'public'`;

export const recordSql = (userId: string): Prisma.Sql => Prisma.sql`
  select m.game, count(*)::int as played, (count(*) filter (where part.won))::int as wins,
    (count(*) filter (where m.winner_id is null and m.outcome is distinct from 'double_forfeit'))::int as draws
  from (${takingPart(userId)}) part
  join matches m on m.id = part.match_id
  join tournaments t on t.id = m.tournament_id
  where m.status = 'COMPLETED' and ${counts}
  group by m.game order by m.game`;

export const gameTotalsSql = (userId: string): Prisma.Sql => Prisma.sql`
  select g.game, e.key as stat, sum(e.value::numeric)::text as value, count(*)::int as matches, round(avg(e.value::numeric), 2)::text as average
  from game_stats g
  join matches m on m.id = g.match_id
  join tournaments t on t.id = m.tournament_id
  cross join lateral jsonb_each(g.stats) e
  where g.user_id = ${userId}::text and ${counts} and jsonb_typeof(e.value) = 'number'
  group by g.game, e.key order by g.game, e.key`;

export const gameLinesSql = (userId: string): Prisma.Sql => Prisma.sql`
  select game, lines, case when has_kda then round((kills + assists) / greatest(deaths, 1), 2)::text end as kda
  from (
    select g.game, count(*)::int as lines, bool_or(jsonb_exists_any(g.stats, array['kills', 'deaths'])) as has_kda,
      ${Prisma.join(['kills', 'deaths', 'assists'].map((stat) => Prisma.sql`coalesce(sum(case when jsonb_typeof(g.stats -> ${stat}::text) = 'number' then (g.stats -> ${stat}::text)::numeric end), 0) as ${Prisma.raw(stat)}`))}
    from game_stats g
    join matches m on m.id = g.match_id
    join tournaments t on t.id = m.tournament_id
    where g.user_id = ${userId}::text and ${counts}
    group by g.game
  ) lines order by game`;

export const lastMatchesSql = (userId: string, limit: number): Prisma.Sql => Prisma.sql`
  select m.id as match_id, m.tournament_id, m.game, m.status, part.participant_id, m.home_score, m.away_score, part.stats,
    coalesce(m.started_at, m.scheduled_at, m.created_at) as at,
    case when m.status <> 'COMPLETED' then null
         when part.won then 'won'
         when m.winner_id is null and m.outcome is distinct from 'double_forfeit' then 'draw'
         else 'lost' end as result
  from (${takingPart(userId)}) part
  join matches m on m.id = part.match_id
  join tournaments t on t.id = m.tournament_id
  where ${counts}
  order by at desc, m.id desc
  limit ${limit}::int`;

export const usernameSql = (userId: string): Prisma.Sql => Prisma.sql`select username from users where id = ${userId}::text`;
