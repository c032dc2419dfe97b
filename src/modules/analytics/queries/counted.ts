/** What counts in a ranking, for the raw queries: the words of the totals' triggers, over `m` (matches) and `t` (tournaments). */
import { Prisma } from '../../../generated/prisma/client.js';
import type { RankingFilter } from './ranked-stats.js';

/** Private tournaments are in no public ranking; one asked for by its id was checked by the caller. */
export const counted = ({ game, tournamentId, from, to }: RankingFilter): Prisma.Sql => Prisma.sql`
  m.status <> 'CANCELLED'
  ${tournamentId === undefined ? Prisma.sql`and t.visibility = 'public'` : Prisma.sql`and m.tournament_id = ${tournamentId}::text`}
  ${game === undefined ? Prisma.empty : Prisma.sql`and m.game = ${game}::text`}
  ${from === undefined ? Prisma.empty : Prisma.sql`and coalesce(m.scheduled_at, m.started_at) >= ${new Date(from)}::timestamptz`}
  ${to === undefined ? Prisma.empty : Prisma.sql`and coalesce(m.scheduled_at, m.started_at) <= ${new Date(to)}::timestamptz`}`;

/** So that a query of one game reads one partition, and one of a tournament its lines. */
export const linesOf = ({ game, tournamentId }: RankingFilter): Prisma.Sql => Prisma.sql`
  ${game === undefined ? Prisma.empty : Prisma.sql`and g.game = ${game}::text`}
  ${tournamentId === undefined ? Prisma.empty : Prisma.sql`and g.tournament_id = ${tournamentId}::text`}`;
