/** One player's kills, deaths, assists. A stat that a line does not have counts as 0. */
import { Prisma } from '../../../generated/prisma/client.js';
import type { Kda } from '../../../contracts/analytics.js';
import type { Game } from '../../../contracts/games/index.js';
import { decimal, type NumericText } from './numeric.js';

export interface KdaRow {
  user_id: string;
  username: string;
  kills: NumericText;
  deaths: NumericText;
  assists: NumericText;
  kda: NumericText;
}

const total = (stat: string): Prisma.Sql => Prisma.sql`coalesce(sum((g.stats ->> ${stat})::numeric) filter (where jsonb_typeof(g.stats -> ${stat}) = 'number' and m.status <> 'CANCELLED' and t.visibility = 'public'), 0)`;

export const playerKdaSql = (userId: string, game: Game | undefined): Prisma.Sql => Prisma.sql`
  select user_id, username, kills::text, deaths::text, assists::text, round((kills + assists) / greatest(deaths, 1), 2)::text as kda
  from (
    select u.id as user_id, u.username, ${total('kills')} as kills, ${total('deaths')} as deaths, ${total('assists')} as assists
    from users u
    left join game_stats g on g.user_id = u.id ${game === undefined ? Prisma.empty : Prisma.sql`and g.game = ${game}`}
    left join matches m on m.id = g.match_id
    left join tournaments t on t.id = g.tournament_id
    where u.id = ${userId}
    group by u.id, u.username
  ) totals`;

export const kdaOf = (row: KdaRow): Kda => ({
  userId: row.user_id,
  username: row.username,
  kills: decimal(row.kills),
  deaths: decimal(row.deaths),
  assists: decimal(row.assists),
  kda: decimal(row.kda),
});
