/** A match as SQL answers it, and as the wire shows it. */
import { MatchStatus, Outcome, Round, type MatchSnapshot } from '../../contracts/match.js';

export interface MatchRow {
  id: string;
  tournament_id: string;
  seq: number;
  status: string;
  home_id: string;
  home_name: string;
  away_id: string;
  away_name: string;
  home_score: number;
  away_score: number;
  winner_id: string | null;
  outcome: string | null;
  round: unknown;
  best_of: number | null;
  scheduled_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  updated_at: Date;
  created_at: Date;
}

export const snapshotOf = (row: MatchRow): MatchSnapshot => ({
  id: row.id,
  tournamentId: row.tournament_id,
  seq: row.seq,
  status: MatchStatus.parse(row.status),
  home: { id: row.home_id, name: row.home_name },
  away: { id: row.away_id, name: row.away_name },
  homeScore: row.home_score,
  awayScore: row.away_score,
  winnerId: row.winner_id,
  outcome: Outcome.nullable().parse(row.outcome),
  round: Round.nullable().parse(row.round),
  bestOf: row.best_of,
  scheduledAt: row.scheduled_at?.toISOString() ?? null,
  startedAt: row.started_at?.toISOString() ?? null,
  endedAt: row.ended_at?.toISOString() ?? null,
  updatedAt: row.updated_at.toISOString(),
});
