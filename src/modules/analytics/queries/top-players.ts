/** Players ranked by the sum of one numeric stat. The raw query is the truth, the folded one reads the totals, the fast one what is not in them yet besides. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Game } from '../../../contracts/games/index.js';
import type { TopPlayer } from '../../../contracts/analytics.js';
import { counted, linesOf } from './counted.js';
import { decimal, type NumericText } from './numeric.js';
import { ALL_GAMES, numberIn, numberOf, type RankingFilter, type StatColumn } from './ranked-stats.js';
import { gainsSql } from './gains.js';
import { allFolded, times, unfoldedSteps } from './unfolded.js';

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

/**
 * Reads every line that the filters let through. Which of them hold the stat as a number is no condition: a planner takes
 * that for one line in 200 and makes tables of the size for these. `offset 0`: each line's number is taken once. Of a
 * million lines 3.4 to 9.2 s became 1.2 to 3.8 on two busy cores, and one of them does it alone. Where the lines are
 * distributed it would have all of them fetched to the coordinator first; without it each node sums up its own players.
 */
export const topPlayersSql = (filter: TopPlayersFilter, distributed = false): Prisma.Sql =>
  withNames(Prisma.sql`
    select user_id, count(value)::int as total_matches, sum(value) as stat_value
    from (
      select g.user_id, ${numberIn(Prisma.sql`g.stats`, filter.stat)} as value
      from game_stats g
      join matches m on m.id = g.match_id
      join tournaments t on t.id = m.tournament_id
      where ${counted(filter)} ${linesOf(filter)}
      ${distributed ? Prisma.empty : Prisma.sql`offset 0`}
    ) each_line
    group by user_id
    having count(value) > 0
    order by stat_value desc, total_matches, user_id
    limit ${filter.limit}::int`);

/** The totals alone; no row unless they hold all there is. */
export const topPlayersFoldedSql = ({ game, limit }: TopPlayersFilter, { sum, lines }: StatColumn): Prisma.Sql =>
  withNames(Prisma.sql`
    select user_id, ${lines} as total_matches, ${sum} as stat_value
    from player_totals
    where game = ${game ?? ALL_GAMES}::text and ${lines} > 0 and ${allFolded(game)}
    order by ${sum} desc, ${lines}, user_id
    limit ${limit}::int`);

/**
 * Those who are first by their totals, twice as many as asked for, set a bar once what is pending is added: the page's
 * last has no less. Nobody gained more than whoever gained most, so only those are looked at whose total is at most that
 * far below the bar, one range of the index, and those who have no total and gained the bar itself.
 *
 * A total may be of no lines and of some value, or of less than none, while the lines that it lacks are pending: they were
 * gathered before the change that the total has, or are at a later xid than what took them back. So the index has those, too.
 */
export const topPlayersFastSql = ({ stat, game, limit }: TopPlayersFilter, { sum, lines }: StatColumn): Prisma.Sql => {
  const ofStat = Prisma.sql`game = ${game ?? ALL_GAMES}::text and (${lines} <> 0 or ${sum} <> 0)`;
  return withNames(Prisma.sql`
    with ${unfoldedSteps(Prisma.sql`user_id, stats -> ${stat}::text as value`, { game })},
    pending as materialized (
      select user_id, sum(value) as value, sum(lines)::int as lines
      from (
        select user_id, ${times(Prisma.sql`value`)} as value, lines
        from (select user_id, lines, ${numberOf(Prisma.sql`value`)} as value from unfolded offset 0) each_row
        where lines <> 0 and value is not null
        union all
        ${gainsSql(Prisma.sql`user_id, ${sum}, ${lines}`, game)}
      ) gained
      group by user_id
    ),
    bar as materialized (
      select coalesce((
        select first.value + coalesce(p.value, 0) as value
        from (select user_id, ${sum} as value, ${lines} as lines from player_totals where ${ofStat} order by ${sum} desc, ${lines}, user_id limit 2 * ${limit}::int) first
        left join pending p on p.user_id = first.user_id
        where first.lines + coalesce(p.lines, 0) > 0
        order by value desc
        offset ${limit}::int - 1 limit 1
      ), '-Infinity') as value
    )
    select * from (
      select t.user_id, t.lines + coalesce(p.lines, 0) as total_matches, t.value + coalesce(p.value, 0) as stat_value
      from (
        select user_id, ${sum} as value, ${lines} as lines from player_totals
        where ${ofStat} and ${sum} >= (select value from bar) - greatest((select max(value) from pending), 0) and ${sum} <= 'Infinity'
        offset 0
      ) t
      left join pending p on p.user_id = t.user_id
      where t.lines + coalesce(p.lines, 0) > 0
      union all
      select p.user_id, p.lines, p.value
      from (select * from pending where lines > 0 and value >= (select value from bar) offset 0) p
      left join lateral (select true as known from player_totals where ${ofStat} and user_id = p.user_id offset 0) t on true
      where t.known is null
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
