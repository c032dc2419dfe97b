/**
 * What an event does to a match's public state. Server and clients share it,
 * so that a snapshot reduced forward on a phone is the snapshot the database
 * would have answered. Types only: nothing here brings zod into a browser.
 */
import type { MatchEvent } from './event.js';
import type { MatchSnapshot } from './match.js';

/**
 * The snapshot after `event`. Pure. The caller sees to the order: `event.seq`
 * is `snapshot.seq + 1` and both are of one match, else it throws.
 *
 * An event type this build does not know yet changes nothing but `seq` and
 * `updatedAt`: an old page next to a new server keeps counting, it does not stop.
 */
export function applyEvent(snapshot: MatchSnapshot, event: MatchEvent): MatchSnapshot {
  if (event.matchId !== snapshot.id) throw new Error(`event of match ${event.matchId} on a snapshot of ${snapshot.id}`);
  if (event.seq !== snapshot.seq + 1) throw new Error(`event ${String(event.seq)} on a snapshot at ${String(snapshot.seq)} of match ${snapshot.id}`);
  return { ...snapshot, ...changeOf(event), seq: event.seq, updatedAt: event.at };
}

function changeOf(event: MatchEvent): Partial<MatchSnapshot> {
  switch (event.type) {
    case 'match_start':
      return { status: 'LIVE', startedAt: event.startedAt };
    case 'score_update':
      return { homeScore: event.homeScore, awayScore: event.awayScore };
    case 'match_end':
      return { status: 'COMPLETED', homeScore: event.homeScore, awayScore: event.awayScore, winnerId: event.winnerId, outcome: event.outcome, endedAt: event.at };
    case 'match_correction':
      return { homeScore: event.homeScore, awayScore: event.awayScore, winnerId: event.winnerId, ...(event.outcome === undefined ? {} : { outcome: event.outcome }) };
    case 'match_cancelled':
      return { status: 'CANCELLED', endedAt: event.at };
    case 'match_rescheduled':
      return { scheduledAt: event.scheduledAt };
    case 'stats_update':
    default:
      return {};
  }
}
