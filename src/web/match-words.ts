/** What a match's state is called on the page. */
import type { MatchSnapshot } from '../client/index.js';
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

/** Who is in front, or has won. */
export function aheadOf(match: MatchSnapshot): 'home' | 'away' | null {
  if (match.status === 'COMPLETED') return match.winnerId === match.home.id ? 'home' : match.winnerId === match.away.id ? 'away' : null;
  if (match.homeScore === match.awayScore) return null;
  return match.homeScore > match.awayScore ? 'home' : 'away';
}

/** Aloud: "Aurora 3, Borealis 2". */
export const spoken = (match: MatchSnapshot): string => `${match.home.name} ${String(match.homeScore)}, ${match.away.name} ${String(match.awayScore)}`;
