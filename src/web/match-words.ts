/** What a match's state is called on the page, and what happens to it when read out. */
import type { MatchEvent, MatchSnapshot } from '../client/index.js';
import { dayAndTime } from './when.js';

export function statusOf(match: MatchSnapshot): string {
  switch (match.status) {
    case 'LIVE':
      return 'LIVE';
    case 'SCHEDULED':
      return match.scheduledAt ? dayAndTime(match.scheduledAt) : 'Not scheduled yet';
    case 'CANCELLED':
      return 'Cancelled';
    case 'COMPLETED':
      return match.outcome === 'played' || match.outcome === null ? `Final${match.endedAt ? ` · ${dayAndTime(match.endedAt)}` : ''}` : 'Forfeit';
  }
}

export function stageOf({ round, bestOf }: MatchSnapshot): string {
  const stage = typeof round === 'number' ? `Round ${String(round)}` : round;
  return [stage, bestOf !== null && bestOf > 1 ? `Best of ${String(bestOf)}` : null].filter((part) => part !== null).join(' · ');
}

/** One that has not begun has no score, nor has one that was called off or forfeited before it did, unless a correction gives it one. */
export const isScored = ({ startedAt, homeScore, awayScore }: MatchSnapshot): boolean => startedAt !== null || homeScore > 0 || awayScore > 0;

/** Who is in front, or has won. */
export function aheadOf(match: MatchSnapshot): 'home' | 'away' | null {
  if (match.status === 'COMPLETED') return match.winnerId === match.home.id ? 'home' : match.winnerId === match.away.id ? 'away' : null;
  if (match.homeScore === match.awayScore) return null;
  return match.homeScore > match.awayScore ? 'home' : 'away';
}

/** How it ended; empty while it has not. */
export function verdictOf(match: MatchSnapshot): string {
  if (match.status !== 'COMPLETED') return '';
  const winner = match.winnerId === match.home.id ? match.home.name : match.winnerId === match.away.id ? match.away.name : null;
  if (match.outcome === 'double_forfeit') return 'Both sides forfeited';
  if (winner === null) return 'A draw';
  return match.outcome === 'forfeit' ? `${winner} wins by forfeit` : `${winner} wins`;
}

/** An event, aloud: "Aurora 3, Borealis 2". Null: nothing to interrupt anybody for. */
export function spokenOf(event: MatchEvent, match: MatchSnapshot): string | null {
  const sides = `${match.home.name} against ${match.away.name}`;
  const score = `${match.home.name} ${String(match.homeScore)}, ${match.away.name} ${String(match.awayScore)}`;
  const verdict = verdictOf(match);
  const result = [isScored(match) ? score : '', verdict].filter((part) => part !== '').join('. ');
  switch (event.type) {
    case 'match_start':
      return `${sides} starts`;
    case 'score_update':
      return score;
    case 'match_end':
      return `Final: ${result}`;
    case 'match_correction':
      return `Corrected: ${result}`;
    case 'match_cancelled':
      return `${sides} is cancelled`;
    case 'match_rescheduled':
      return `${sides} is moved to ${dayAndTime(event.scheduledAt)}`;
    default:
      return null;
  }
}
