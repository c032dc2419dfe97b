/** Players ranked by the sum of one numeric stat. The raw query is the truth, the fast one reads totals and what is not in them yet. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Game } from '../../../contracts/games/index.js';
import type { TopPlayer } from '../../../contracts/analytics.js';
import { counted, linesOf } from './counted.js';
import { decimal, type NumericText } from './numeric.js';
import { ALL_GAMES, numberOf, type RankingFilter, type StatColumn } from './ranked-stats.js';
import { unfoldedDeltas, unfoldedLines } from './unfolded.js';

export interface TopPlayersFilter extends RankingFilter {
  stat: string;
  game?: Game;
  limit: number;
}

export interface TopPlayerRow {
  user_id: string;
  username: string;
  total_matches: number;
  stat_value: NumericText;
  average_per_match: NumericText;
}

const withNames = (ranked: Prisma.Sql): Prisma.Sql => Prisma.sql`
  select u.id as user_id, u.username, r.total_matches, r.stat_value::text, round(r.stat_value / r.total_matches, 2)::text as average_per_match
  from (${ranked}) r
  join users u on u.id = r.user_id
  order by r.stat_value desc, r.total_matches, r.user_id`;

/** Reads every line that the filters let through. */
export const topPlayersSql = (filter: TopPlayersFilter): Prisma.Sql =>
  withNames(Prisma.sql`
    select g.user_id, count(*)::int as total_matches, sum((g.stats -> ${filter.stat}::text)::numeric) as stat_value
    from game_stats g
    join matches m on m.id = g.match_id
    join tournaments t on t.id = m.tournament_id
    where jsonb_typeof(g.stats -> ${filter.stat}::text) = 'number' ${linesOf(filter)} and ${counted(filter)}
    group by g.user_id
    order by stat_value desc, total_matches, g.user_id
    limit ${filter.limit}::int`);

/**
 * Players with unfolded rows are few and added up; of all others the index gives the first ones. `not in` over these
 * players is a hashed filter on the index scan: the order stays the index's, nothing is sorted but the last page.
 */
export const topPlayersFastSql = ({ stat, game, limit }: TopPlayersFilter, { sum, lines }: StatColumn): Prisma.Sql => {
  const key = game ?? ALL_GAMES;
  const value = Prisma.sql`stats -> ${stat}::text as value`;
  return withNames(Prisma.sql`
    with pending as materialized (
      select user_id, sum(lines * value) as value, sum(lines)::int as lines
      from (
        select user_id, lines, ${numberOf(Prisma.sql`value`)} as value
        from (
          (${unfoldedLines(Prisma.sql`user_id, 1 as lines, ${value}`, { game })} offset 0)
          union all
          (${unfoldedDeltas(Prisma.sql`user_id, lines, ${value}`, { game })} offset 0)
        ) each_value
        offset 0
      ) each_row
      where lines <> 0 and value is not null
      group by user_id
    )
    select * from (
      (select p.user_id, coalesce(t.${lines}, 0) + p.lines as total_matches, coalesce(t.${sum}, 0) + p.value as stat_value
      from pending p left join player_totals t on t.game = ${key}::text and t.user_id = p.user_id
      where coalesce(t.${lines}, 0) + p.lines > 0)
      union all
      (select t.user_id, t.${lines}, t.${sum}
      from player_totals t
      where t.game = ${key}::text and t.${lines} > 0 and t.user_id not in (select user_id from pending)
      order by t.${sum} desc, t.${lines}, t.user_id
      limit ${limit}::int)
    ) candidate
    order by stat_value desc, total_matches, user_id
    limit ${limit}::int`);
};

export const topPlayerOf = (row: TopPlayerRow): TopPlayer => ({
  userId: row.user_id,
  username: row.username,
  totalMatches: row.total_matches,
  statValue: decimal(row.stat_value),
  averagePerMatch: decimal(row.average_per_match),
});
