/** One player's kills, deaths, assists. A stat that a line does not have counts as 0. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Kda } from '../../../contracts/analytics.js';
import { counted, linesOf } from './counted.js';
import { decimal, type NumericText } from './numeric.js';
import { ALL_GAMES, numberIn, type RankingFilter } from './ranked-stats.js';
import { gainsSql } from './gains.js';
import { allFolded, times, unfoldedSteps } from './unfolded.js';

export interface KdaRow {
  user_id: string;
  username: string;
  kills: NumericText;
  deaths: NumericText;
  assists: NumericText;
  kda: NumericText;
}

const KDA = ['kills', 'deaths', 'assists'] as const;

const shown = Prisma.sql`u.id as user_id, u.username, k.kills::text, k.deaths::text, k.assists::text, round((k.kills + k.assists) / greatest(k.deaths, 1), 2)::text as kda`;

/** The lines are named by the id itself and not by `u.id`: so Citus finds the one node that has them, where a lateral aggregate over copied users is refused. */
export const playerKdaSql = (userId: string, filter: RankingFilter): Prisma.Sql => Prisma.sql`
  select ${shown}
  from users u
  cross join (
    select ${Prisma.join(KDA.map((stat) => Prisma.sql`coalesce(sum(${numberIn(Prisma.sql`g.stats`, stat)}), 0) as ${Prisma.raw(stat)}`))}
    from game_stats g
    join matches m on m.id = g.match_id
    join tournaments t on t.id = m.tournament_id
    where g.user_id = ${userId}::text ${linesOf(filter)} and ${counted(filter)}
  ) k
  where u.id = ${userId}::text`;

/** The row of totals; none unless they hold all there is. */
export const playerKdaFoldedSql = (userId: string, game: string | undefined): Prisma.Sql => Prisma.sql`
  select ${shown}
  from users u
  cross join lateral (
    select ${Prisma.join(KDA.map((stat) => Prisma.sql`coalesce(sum(${Prisma.raw(stat)}), 0) as ${Prisma.raw(stat)}`))}
    from player_totals
    where game = ${game ?? ALL_GAMES}::text and user_id = u.id
  ) k
  where u.id = ${userId}::text and ${allFolded(game)}`;

/** One row of totals, and what is not in it yet. */
export const playerKdaFastSql = (userId: string, game: string | undefined): Prisma.Sql => Prisma.sql`
  with ${unfoldedSteps(Prisma.sql`stats`, { game, where: Prisma.sql`user_id = ${userId}::text` })}
  select ${shown}
  from users u
  left join player_totals t on t.game = ${game ?? ALL_GAMES}::text and t.user_id = u.id
  cross join lateral (
    select ${Prisma.join(KDA.map((stat) => Prisma.sql`coalesce(t.${Prisma.raw(stat)}, 0) + coalesce(sum(${Prisma.raw(stat)}), 0) as ${Prisma.raw(stat)}`))}
    from (
      select ${Prisma.join(KDA.map((stat) => Prisma.sql`${times(numberIn(Prisma.sql`stats`, stat))} as ${Prisma.raw(stat)}`))} from unfolded
      union all
      select ${Prisma.join(KDA.map(Prisma.raw))} from (${gainsSql(Prisma.sql`*`, game)}) gains where user_id = ${userId}::text
    ) gained
  ) k
  where u.id = ${userId}::text`;

export const kdaOf = (row: KdaRow): Kda => ({
  userId: row.user_id,
  username: row.username,
  kills: decimal(row.kills),
  deaths: decimal(row.deaths),
  assists: decimal(row.assists),
  kda: decimal(row.kda),
});
