/** A tournament's rows as its analytics. Pure. */
import type { TournamentAnalytics } from '../../contracts/analytics.js';
import { gameNamed, type Game } from '../../contracts/games/index.js';
import { decimal } from './queries/numeric.js';
import { topPlayerOf } from './queries/top-players.js';
import type { TournamentCountsRow, TournamentLeaderRow, TournamentLinesRow, TournamentTotalRow } from './queries/tournament-analytics.js';

export interface TournamentParts {
  counts: TournamentCountsRow;
  lines: TournamentLinesRow;
  totals: TournamentTotalRow[];
  leaders: TournamentLeaderRow[];
}

export function tournamentAnalyticsOf({ id, name, game }: { id: string; name: string; game: Game }, { counts, lines, totals, leaders }: TournamentParts): TournamentAnalytics {
  const stats = gameNamed(game).numericStats;
  const { participants, ...matches } = counts;
  return {
    tournamentId: id,
    name,
    game,
    participants,
    matches,
    players: lines.players,
    lines: lines.lines,
    totals: stats.flatMap((stat) => {
      const row = totals.find((total) => total.stat === stat);
      return row ? [{ stat, value: decimal(row.value), matches: row.matches, averagePerMatch: decimal(row.average) }] : [];
    }),
    leaders: stats.flatMap((stat) => {
      const top = leaders.filter((row) => row.stat === stat).map(topPlayerOf);
      return top.length > 0 ? [{ stat, top }] : [];
    }),
  };
}
