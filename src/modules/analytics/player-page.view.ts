/** A player's rows as their page. Pure. */
import type { PlayerPage } from '../../contracts/analytics.js';
import { GAMES, gameNamed } from '../../contracts/games/index.js';
import { MatchStatus } from '../../contracts/match.js';
import { Game } from '../../contracts/games/index.js';
import { Stats } from '../../contracts/stats.js';
import { decimal } from './queries/numeric.js';
import type { GameLinesRow, GameTotalRow, LastMatchRow, RecordRow } from './queries/player-page.js';

export interface PlayerParts {
  username: string;
  record: RecordRow[];
  totals: GameTotalRow[];
  lines: GameLinesRow[];
  lastMatches: LastMatchRow[];
}

type Counts = Omit<RecordRow, 'game'>;
const NONE: Counts = { played: 0, wins: 0, draws: 0 };

const recordOf = ({ played, wins, draws }: Counts): PlayerPage['record'] => ({
  totalMatches: played, wins, draws, losses: played - wins - draws,
  winRate: played === 0 ? null : Math.round((wins * 10_000) / played) / 100,
});

export function playerPageOf(userId: string, parts: PlayerParts): PlayerPage {
  const games = GAMES.map(({ name }) => name).flatMap((game) => {
    const record = parts.record.find((row) => row.game === game);
    const lines = parts.lines.find((row) => row.game === game);
    if (!record && !lines) return [];
    // In the order the game declares them; what it does not declare was never checked and is not shown.
    const totals = gameNamed(game).numericStats.flatMap((stat) => {
      const row = parts.totals.find((total) => total.game === game && total.stat === stat);
      return row ? [{ stat, value: decimal(row.value), matches: row.matches, averagePerMatch: decimal(row.average) }] : [];
    });
    return [{ game, record: recordOf(record ?? NONE), lines: lines?.lines ?? 0, kda: lines?.kda == null ? null : decimal(lines.kda), totals }];
  });
  const all = parts.record.reduce<Counts>((sum, row) => ({ played: sum.played + row.played, wins: sum.wins + row.wins, draws: sum.draws + row.draws }), NONE);
  return { userId, username: parts.username, record: recordOf(all), games, lastMatches: parts.lastMatches.map(lastMatchOf) };
}

const lastMatchOf = (row: LastMatchRow): PlayerPage['lastMatches'][number] => ({
  matchId: row.match_id,
  tournamentId: row.tournament_id,
  game: Game.parse(row.game),
  status: MatchStatus.parse(row.status),
  participantId: row.participant_id,
  homeScore: row.home_score,
  awayScore: row.away_score,
  result: row.result === 'won' || row.result === 'lost' || row.result === 'draw' ? row.result : null,
  at: row.at.toISOString(),
  stats: row.stats === null ? null : Stats.parse(row.stats),
});
