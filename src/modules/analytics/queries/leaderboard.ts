/** Players by win rate, then KDA: completed matches played and won, and the kills of every line that counts. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { LeaderboardRow } from '../../../contracts/analytics.js';
import type { Game } from '../../../contracts/games/index.js';
import { counted, linesOf } from './counted.js';
import { decimal, type NumericText } from './numeric.js';
import { ALL_GAMES, numberIn, numberOf, type RankingFilter } from './ranked-stats.js';
import { gainsSql } from './gains.js';
import { allFolded, times, unfoldedSteps } from './unfolded.js';

export interface LeaderboardFilter extends RankingFilter {
  game?: Game;
  minMatches: number;
  limit: number;
}

export interface LeaderboardSqlRow {
  user_id: string;
  username: string;
  total_matches: number;
  wins: number;
  win_rate: NumericText;
  total_kills: NumericText;
  kda: NumericText;
}

/** The rates as they are shown, so that the order can be read off the page. Letter for letter the index's expressions. */
const winRate = Prisma.sql`round(wins * 100.0 / played, 2)`;
const rates = Prisma.sql`${winRate} as win_rate, round((kills + assists) / greatest(deaths, 1), 2) as kda`;
const order = Prisma.sql`win_rate desc, kda desc, played desc, user_id`;

const withNames = (ranked: Prisma.Sql): Prisma.Sql => Prisma.sql`
  select u.id as user_id, u.username, r.played as total_matches, r.wins, r.win_rate::text, r.kills::text as total_kills, r.kda::text
  from (${ranked}) r
  join users u on u.id = r.user_id
  order by r.win_rate desc, r.kda desc, r.played desc, r.user_id`;

/** Reads every line and every match that the filters let through. A match counts once for a player, as a side or by a line. */
export const leaderboardSql = (filter: LeaderboardFilter): Prisma.Sql =>
  withNames(Prisma.sql`
    with completed as (
      select m.id, m.tournament_id, m.home_participant_id, m.away_participant_id, m.winner_id
      from matches m
      join tournaments t on t.id = m.tournament_id
      where m.status = 'COMPLETED' and ${counted(filter)}
    ), taking_part as (
      select c.id, g.user_id, g.participant_id = c.winner_id as won
      from completed c join game_stats g on g.match_id = c.id ${linesOf(filter)}
      union all
      select c.id, p.user_id, p.id = c.winner_id
      from completed c join participants p on p.tournament_id = c.tournament_id and p.id in (c.home_participant_id, c.away_participant_id)
      where p.user_id is not null
    ), record as (
      select user_id, count(*)::int as played, (count(*) filter (where won))::int as wins
      from (select id, user_id, bool_or(won) as won from taking_part group by id, user_id) each_match
      group by user_id
    ), kda as (
      select g.user_id, ${Prisma.join(['kills', 'deaths', 'assists'].map((stat) => Prisma.sql`coalesce(sum(${numberIn(Prisma.sql`g.stats`, stat)}), 0) as ${Prisma.raw(stat)}`))}
      from game_stats g
      join matches m on m.id = g.match_id
      join tournaments t on t.id = m.tournament_id
      where ${counted(filter)} ${linesOf(filter)}
      group by g.user_id
    )
    select user_id, played, wins, kills, ${rates}
    from (
      select r.user_id, r.played, r.wins, coalesce(k.kills, 0) as kills, coalesce(k.deaths, 0) as deaths, coalesce(k.assists, 0) as assists
      from record r left join kda k on k.user_id = r.user_id
    ) totals
    where played >= ${filter.minMatches}::int
    order by ${order}
    limit ${filter.limit}::int`);

/** Below it `player_totals_leaderboard_idx` has no entries. */
const INDEXED_FROM = 5;

const ofTotals = (key: string, minMatches: number): Prisma.Sql =>
  Prisma.sql`game = ${key}::text and played >= ${minMatches}::int ${minMatches >= INDEXED_FROM ? Prisma.sql`and played >= 5` : Prisma.sql`and played >= 1`}`;

/** The totals alone; no row unless they hold all there is. */
export const leaderboardFoldedSql = ({ game, minMatches, limit }: LeaderboardFilter): Prisma.Sql =>
  withNames(Prisma.sql`
    select user_id, played, wins, kills, ${rates}
    from player_totals
    where ${ofTotals(game ?? ALL_GAMES, minMatches)} and ${allFolded(game)}
    order by ${order}
    limit ${limit}::int`);

/** So many players with something pending are looked up by key in about the time that the index takes down to a large page's last win rate, where many have the same. */
const LOOKED_UP = 100;

/**
 * Of those with nothing pending the index gives the first ones, and those with something are looked up. Where they are many:
 * nobody gets onto the page whose win rate is below the last of the others. So of those whose record stays as it was, as it
 * does while matches are running, the index gives all down to there.
 */
export const leaderboardFastSql = ({ game, minMatches, limit }: LeaderboardFilter, lookedUp = LOOKED_UP): Prisma.Sql => {
  const key = game ?? ALL_GAMES;
  const stats = ['kills', 'deaths', 'assists'];
  const values = Prisma.join(stats.map((stat) => Prisma.sql`stats -> ${stat}::text as ${Prisma.raw(stat)}`));
  const sums = ['played', 'wins', ...stats].map(Prisma.raw);
  const added = Prisma.join(sums.map((sum) => Prisma.sql`coalesce(t.${sum}, 0) + p.${sum} as ${sum}`));
  return withNames(Prisma.sql`
    with ${unfoldedSteps(Prisma.sql`user_id, ${values}`, { game })},
    pending as materialized (
      select user_id, sum(played)::int as played, sum(wins)::int as wins, ${Prisma.join(stats.map((stat) => Prisma.sql`coalesce(sum(${Prisma.raw(stat)}), 0) as ${Prisma.raw(stat)}`))}
      from (
        select user_id, played, wins, ${Prisma.join(stats.map((stat) => Prisma.sql`${times(numberOf(Prisma.raw(stat)))} as ${Prisma.raw(stat)}`))} from unfolded
        union all
        ${gainsSql(Prisma.sql`user_id, ${Prisma.join(sums)}`, game)}
      ) gained
      group by user_id
    ),
    others as materialized (
      select user_id, played, wins, kills, ${rates}
      from player_totals
      where ${ofTotals(key, minMatches)} and user_id not in (select user_id from pending)
      order by ${order}
      limit ${limit}::int
    )
    select * from (
      select * from others
      union all
      (select user_id, played, wins, kills, ${rates}
      from (
        select user_id, ${Prisma.join(sums)}
        from (
          select t.user_id, ${added}, p.played = 0 and p.wins = 0 as same_record
          from (
            select user_id, ${Prisma.join(sums)} from player_totals
            where ${ofTotals(key, minMatches)} and ${winRate} >= coalesce((select min(win_rate) from others having count(*) = ${limit}::int), 0) and ${winRate} <= 'Infinity'
            offset 0
          ) t
          left join pending p on p.user_id = t.user_id
          offset 0
        ) down_to_there
        where same_record and (select count(*) from pending) > ${lookedUp}::int
        union all
        select p.user_id, ${added}
        from (select * from pending where played <> 0 or wins <> 0 or (select count(*) from pending) <= ${lookedUp}::int offset 0) p
        left join lateral (select ${Prisma.join(sums)} from player_totals where game = ${key}::text and user_id = p.user_id offset 0) t on true
        offset 0
      ) touched
      where played >= greatest(${minMatches}::int, 1))
    ) candidate
    order by ${order}
    limit ${limit}::int`);
};

export const leaderboardRowOf = (row: LeaderboardSqlRow): LeaderboardRow => ({
  userId: row.user_id,
  username: row.username,
  totalMatches: row.total_matches,
  wins: row.wins,
  winRate: decimal(row.win_rate),
  totalKills: decimal(row.total_kills),
  kda: decimal(row.kda),
});
