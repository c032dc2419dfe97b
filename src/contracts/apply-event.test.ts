import { describe, expect, it } from '@jest/globals';
import { applyEvent } from './apply-event.js';
import type { MatchEvent } from './event.js';
import type { MatchSnapshot } from './match.js';

const scheduled: MatchSnapshot = {
  id: 'final', tournamentId: 'cup', seq: 0, status: 'SCHEDULED', home: { id: 'a', name: 'A' }, away: { id: 'b', name: 'B' }, homeScore: 0, awayScore: 0,
  winnerId: null, outcome: null, round: 1, bestOf: 3, scheduledAt: '2026-05-01T18:00:00.000Z', startedAt: null, endedAt: null, updatedAt: '2026-05-01T00:00:00.000Z',
};
const at = (minute: number): string => new Date(Date.UTC(2026, 4, 1, 18, minute)).toISOString();
const base = (seq: number) => ({ matchId: 'final', tournamentId: 'cup', seq, at: at(seq) });

describe('applyEvent', () => {
  it('walks a match from its schedule to a corrected end', () => {
    const events: MatchEvent[] = [
      { type: 'match_rescheduled', ...base(1), scheduledAt: at(30), reason: null },
      { type: 'match_start', ...base(2), startedAt: at(2) },
      { type: 'score_update', ...base(3), homeScore: 1, awayScore: 0 },
      { type: 'stats_update', ...base(4), lineCount: 10 },
      { type: 'match_end', ...base(5), homeScore: 2, awayScore: 1, winnerId: 'a', outcome: 'played' },
      { type: 'match_correction', ...base(6), homeScore: 1, awayScore: 2, winnerId: 'b', reason: 'sides were swapped' },
    ];
    const states = events.reduce<MatchSnapshot[]>((all, event) => [...all, applyEvent(all.at(-1) ?? scheduled, event)], []);
    expect(states.map((state) => [state.seq, state.status, state.homeScore, state.awayScore])).toEqual([
      [1, 'SCHEDULED', 0, 0], [2, 'LIVE', 0, 0], [3, 'LIVE', 1, 0], [4, 'LIVE', 1, 0], [5, 'COMPLETED', 2, 1], [6, 'COMPLETED', 1, 2],
    ]);
    expect(states.at(-1)).toEqual({
      ...scheduled, seq: 6, status: 'COMPLETED', homeScore: 1, awayScore: 2, winnerId: 'b', outcome: 'played', scheduledAt: at(30), startedAt: at(2), endedAt: at(5), updatedAt: at(6),
    });
    expect(scheduled.seq).toBe(0);
  });

  it('changes how a match ended by a correction that says so alone', () => {
    const forfeited = applyEvent(scheduled, { type: 'match_end', ...base(1), homeScore: 0, awayScore: 0, winnerId: 'a', outcome: 'forfeit' });
    const correction = { type: 'match_correction' as const, ...base(2), homeScore: 1, awayScore: 2, winnerId: 'b', reason: 'it was played' };
    expect(applyEvent(forfeited, { ...correction, outcome: 'played' })).toMatchObject({ winnerId: 'b', outcome: 'played', status: 'COMPLETED' });
    expect(applyEvent(forfeited, correction)).toMatchObject({ outcome: 'forfeit' });
  });

  it('ends a cancelled match when it was cancelled', () => {
    expect(applyEvent(scheduled, { type: 'match_cancelled', ...base(1), reason: null })).toMatchObject({ status: 'CANCELLED', endedAt: at(1), seq: 1 });
  });

  it('counts an event of a type it has never heard of', () => {
    const unheardOf = { type: 'match_paused', ...base(1) } as unknown as MatchEvent;
    expect(applyEvent(scheduled, unheardOf)).toEqual({ ...scheduled, seq: 1, updatedAt: at(1) });
  });

  it('refuses a gap, a double and another match', () => {
    const event = (seq: number, matchId = 'final'): MatchEvent => ({ type: 'score_update', ...base(seq), matchId, homeScore: 1, awayScore: 0 });
    expect(() => applyEvent(scheduled, event(2))).toThrow('snapshot at 0');
    expect(() => applyEvent({ ...scheduled, seq: 1 }, event(1))).toThrow('snapshot at 1');
    expect(() => applyEvent(scheduled, event(1, 'other'))).toThrow('match other');
  });
});
