/** A match's log made up for tests: start, scores, an end. */
import { applyEvent } from '../../src/contracts/apply-event.js';
import type { MatchEvent } from '../../src/contracts/event.js';
import type { MatchSnapshot } from '../../src/contracts/match.js';

const instant = (second: number): string => new Date(Date.UTC(2026, 4, 1, 18, 0, second)).toISOString();

export function scheduledMatch(id: string, tournamentId = 'cup'): MatchSnapshot {
  return {
    id, tournamentId, seq: 0, status: 'SCHEDULED', home: { id: `${id}-home`, name: 'Home' }, away: { id: `${id}-away`, name: 'Away' }, homeScore: 0, awayScore: 0,
    winnerId: null, outcome: null, round: null, bestOf: null, scheduledAt: null, startedAt: null, endedAt: null, updatedAt: instant(0),
  };
}

/** The event that takes the match from `state` one further; every third score is the guest's. */
export function nextEvent(state: MatchSnapshot): MatchEvent {
  const seq = state.seq + 1;
  const base = { matchId: state.id, tournamentId: state.tournamentId, seq, at: instant(seq) };
  if (seq === 1) return { type: 'match_start', ...base, startedAt: base.at };
  return { type: 'score_update', ...base, homeScore: state.homeScore + (seq % 3 === 0 ? 0 : 1), awayScore: state.awayScore + (seq % 3 === 0 ? 1 : 0) };
}

/** states[i] is the match at seq i; events[i] led from states[i] to states[i + 1]. */
export function story(length: number, id = 'final', tournamentId = 'cup'): { events: MatchEvent[]; states: MatchSnapshot[] } {
  const events: MatchEvent[] = [];
  const states = [scheduledMatch(id, tournamentId)];
  for (let state = states[0]; state && events.length < length; state = states.at(-1)) {
    const event = nextEvent(state);
    events.push(event);
    states.push(applyEvent(state, event));
  }
  return { events, states };
}
