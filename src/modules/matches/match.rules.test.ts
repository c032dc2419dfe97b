import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyEvent } from '../../contracts/apply-event.js';
import { MatchEvent } from '../../contracts/event.js';
import { MatchSnapshot, type CorrectionBody, type EndBody, type MatchStatus, type Outcome } from '../../contracts/match.js';
import { Refusal } from '../../contracts/refusal.js';
import * as rules from './match.rules.js';

const AT = '2026-05-01T18:00:00.000Z';
const match = (change: Partial<MatchSnapshot> = {}): MatchSnapshot => ({
  id: 'final', tournamentId: 'cup', seq: 4, status: 'SCHEDULED', home: { id: 'a', name: 'A' }, away: { id: 'b', name: 'B' }, homeScore: 0, awayScore: 0,
  winnerId: null, outcome: null, round: 1, bestOf: 3, scheduledAt: AT, startedAt: null, endedAt: null, updatedAt: AT, ...change,
});
const live = (homeScore: number, awayScore: number): MatchSnapshot => match({ status: 'LIVE', homeScore, awayScore });
const ended = (homeScore: number, awayScore: number, winnerId: string | null, outcome: Outcome = 'played'): MatchSnapshot => match({ status: 'COMPLETED', homeScore, awayScore, winnerId, outcome });
const refusalOf = (move: () => unknown): Refusal => {
  try {
    move();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('was not refused');
};
const played = (body: Partial<EndBody> = {}): EndBody => ({ outcome: 'played', ...body });

describe('what may follow what', () => {
  const moves: Record<string, { allowed: MatchStatus[]; move: (at: MatchSnapshot) => unknown }> = {
    start: { allowed: ['SCHEDULED'], move: (at) => rules.start(at, AT) },
    score: { allowed: ['LIVE'], move: (at) => rules.score(at, { homeScore: 1, awayScore: 0 }, AT) },
    end: { allowed: ['LIVE'], move: (at) => rules.end(at, played(), AT) },
    forfeit: { allowed: ['SCHEDULED', 'LIVE'], move: (at) => rules.end(at, { outcome: 'forfeit', winnerId: 'a' }, AT) },
    'double forfeit': { allowed: ['SCHEDULED', 'LIVE'], move: (at) => rules.end(at, { outcome: 'double_forfeit' }, AT) },
    correct: { allowed: ['LIVE', 'COMPLETED'], move: (at) => rules.correct(at, { homeScore: 1, reason: 'r' }, AT) },
    cancel: { allowed: ['SCHEDULED', 'LIVE'], move: (at) => rules.cancel(at, {}, AT) },
    reschedule: { allowed: ['SCHEDULED'], move: (at) => rules.reschedule(at, { scheduledAt: AT }, AT) },
    stats: { allowed: ['LIVE', 'COMPLETED'], move: (at) => rules.refuseStats(at) },
  };
  for (const [name, { allowed, move }] of Object.entries(moves)) {
    it.each(['SCHEDULED', 'LIVE', 'COMPLETED', 'CANCELLED'] as const)(`${name} of a match that is %s`, (status) => {
      const at = match({ status, ...(status === 'COMPLETED' ? { outcome: 'played' as const } : {}) });
      if (allowed.includes(status)) expect(() => move(at)).not.toThrow();
      else expect(refusalOf(() => move(at))).toMatchObject({ code: 'INVALID_TRANSITION', details: { status, allowed } });
    });
  }
});

describe('the end of a match', () => {
  it('goes by the score, and a draw has no winner', () => {
    expect(rules.end(live(2, 1), played(), AT)).toEqual({ type: 'match_end', matchId: 'final', tournamentId: 'cup', seq: 5, at: AT, homeScore: 2, awayScore: 1, winnerId: 'a', outcome: 'played' });
    expect(rules.end(live(1, 2), played(), AT)).toMatchObject({ winnerId: 'b' });
    expect(rules.end(live(1, 1), played(), AT)).toMatchObject({ winnerId: null });
  });

  it('may name the winner of a tie, who won it on penalties', () => {
    expect(rules.end(live(1, 1), played({ winnerId: 'b' }), AT)).toMatchObject({ winnerId: 'b', homeScore: 1, awayScore: 1 });
    expect(rules.end(live(1, 1), played({ winnerId: null }), AT)).toMatchObject({ winnerId: null });
  });

  it.each([['the lower score', 2, 1, 'b'], ['nobody over a leader', 2, 1, null], ['a stranger', 1, 1, 'c'], ['a name instead of an id', 2, 1, 'A']])('does not let %s win', (_, home, away, winnerId) => {
    expect(refusalOf(() => rules.end(live(home, away), played({ winnerId }), AT)).code).toBe('UNPROCESSABLE');
  });

  it('by forfeit takes a winner, whatever the score and before the start', () => {
    expect(rules.end(match(), { outcome: 'forfeit', winnerId: 'b' }, AT)).toMatchObject({ winnerId: 'b', outcome: 'forfeit' });
    expect(rules.end(live(5, 0), { outcome: 'forfeit', winnerId: 'b' }, AT)).toMatchObject({ winnerId: 'b', homeScore: 5 });
    for (const winnerId of [undefined, null, 'c']) expect(refusalOf(() => rules.end(match(), { outcome: 'forfeit', winnerId }, AT)).code).toBe('UNPROCESSABLE');
  });

  it('by double forfeit has no winner', () => {
    expect(rules.end(match(), { outcome: 'double_forfeit', winnerId: null }, AT)).toMatchObject({ winnerId: null, outcome: 'double_forfeit' });
    expect(refusalOf(() => rules.end(match(), { outcome: 'double_forfeit', winnerId: 'a' }, AT)).code).toBe('UNPROCESSABLE');
  });
});

describe('a correction', () => {
  const corrected = (at: MatchSnapshot, body: Partial<CorrectionBody>) => rules.correct(at, { reason: 'a miscount', ...body }, AT);

  it('changes what it names and keeps the rest', () => {
    expect(corrected(live(3, 2), { awayScore: 3 })).toEqual({ type: 'match_correction', matchId: 'final', tournamentId: 'cup', seq: 5, at: AT, homeScore: 3, awayScore: 3, winnerId: null, reason: 'a miscount' });
  });

  it('moves the winner with the score after the end', () => {
    expect(corrected(ended(2, 1, 'a'), { awayScore: 3 })).toMatchObject({ homeScore: 2, awayScore: 3, winnerId: 'b' });
    expect(corrected(ended(2, 1, 'a'), { awayScore: 2 })).toMatchObject({ winnerId: 'a' });
    expect(corrected(ended(2, 1, 'a'), { awayScore: 2, winnerId: null })).toMatchObject({ winnerId: null });
  });

  it.each([['a winner while it runs', live(1, 0), { winnerId: 'a' }], ['the loser as winner', ended(2, 1, 'a'), { winnerId: 'b' }], ['nobody over a leader', ended(2, 1, 'a'), { winnerId: null }], ['a stranger', ended(1, 1, 'a'), { winnerId: 'c' }]])('refuses %s', (_, at, body) => {
    expect(refusalOf(() => corrected(at, body)).code).toBe('UNPROCESSABLE');
  });

  it('gives a forfeit to the other side, and never to nobody or to a stranger', () => {
    const forfeit = ended(0, 0, 'a', 'forfeit');
    expect(corrected(forfeit, { winnerId: 'b' })).toMatchObject({ winnerId: 'b' });
    expect(corrected(forfeit, { awayScore: 3 })).toMatchObject({ winnerId: 'a', awayScore: 3 });
    for (const winnerId of [null, 'c']) expect(refusalOf(() => corrected(forfeit, { winnerId })).code).toBe('UNPROCESSABLE');
  });

  it('of an outcome decides the winner as the end of such a match would', () => {
    for (const wrong of [ended(0, 0, null, 'double_forfeit'), ended(0, 0, 'a', 'forfeit')]) {
      expect(corrected(wrong, { outcome: 'played', homeScore: 1, awayScore: 2 })).toEqual({ type: 'match_correction', matchId: 'final', tournamentId: 'cup', seq: 5, at: AT, homeScore: 1, awayScore: 2, winnerId: 'b', outcome: 'played', reason: 'a miscount' });
      expect(corrected(wrong, { outcome: 'played' })).toMatchObject({ winnerId: null, outcome: 'played' });
      expect(corrected(wrong, { outcome: 'played', winnerId: 'b' })).toMatchObject({ winnerId: 'b' });
      expect(refusalOf(() => corrected(wrong, { outcome: 'played', homeScore: 1, winnerId: 'b' })).code).toBe('UNPROCESSABLE');
    }
    expect(corrected(ended(0, 0, null, 'double_forfeit'), { outcome: 'forfeit', winnerId: 'a' })).toMatchObject({ winnerId: 'a', outcome: 'forfeit' });
    expect(corrected(ended(0, 0, 'a', 'forfeit'), { outcome: 'double_forfeit' })).toMatchObject({ winnerId: null, outcome: 'double_forfeit' });
    expect(corrected(ended(2, 1, 'a'), { outcome: 'forfeit', winnerId: 'b' })).toMatchObject({ winnerId: 'b', outcome: 'forfeit', homeScore: 2 });
    // Who won what was played has not won the forfeit by that.
    expect(refusalOf(() => corrected(ended(2, 1, 'a'), { outcome: 'forfeit' })).code).toBe('UNPROCESSABLE');
    expect(refusalOf(() => corrected(ended(0, 0, 'a', 'forfeit'), { outcome: 'double_forfeit', winnerId: 'a' })).code).toBe('UNPROCESSABLE');
    expect(refusalOf(() => corrected(live(1, 0), { outcome: 'played' })).code).toBe('UNPROCESSABLE');
  });

  it('says nothing of an outcome that it names and that was right', () => {
    expect(corrected(ended(2, 1, 'a'), { outcome: 'played', homeScore: 3 })).not.toHaveProperty('outcome');
    expect(corrected(ended(0, 0, 'a', 'forfeit'), { outcome: 'forfeit' })).toMatchObject({ winnerId: 'a' });
  });

  it('names no winner of a double forfeit', () => {
    expect(corrected(ended(0, 0, null, 'double_forfeit'), { homeScore: 1 })).toMatchObject({ winnerId: null });
    expect(refusalOf(() => corrected(ended(0, 0, null, 'double_forfeit'), { winnerId: 'a' })).code).toBe('UNPROCESSABLE');
  });
});

describe('any sequence of moves', () => {
  const points = fc.integer({ min: 0, max: 3 });
  const winnerId = fc.constantFrom(undefined, null, 'a', 'b', 'c');
  type Move = (at: MatchSnapshot) => MatchEvent;
  const move: fc.Arbitrary<Move> = fc.oneof(
    fc.constant<Move>((at) => rules.start(at, AT)),
    fc.record({ homeScore: points, awayScore: points }).map((body): Move => (at) => rules.score(at, body, AT)),
    fc.record({ winnerId, outcome: fc.constantFrom<Outcome>('played', 'forfeit', 'double_forfeit') }).map((body): Move => (at) => rules.end(at, body, AT)),
    fc.record({ homeScore: fc.option(points, { nil: undefined }), awayScore: fc.option(points, { nil: undefined }), winnerId, outcome: fc.constantFrom<(Outcome | undefined)[]>(undefined, 'played', 'forfeit', 'double_forfeit'), reason: fc.constant('r') }).map((body): Move => (at) => rules.correct(at, body, AT)),
    fc.constant<Move>((at) => rules.reschedule(at, { scheduledAt: '2026-06-01T20:00:00+02:00' }, AT)),
    fc.constant<Move>((at) => rules.cancel(at, {}, AT)),
  );
  const NEXT: Record<MatchStatus, MatchStatus[]> = { SCHEDULED: ['SCHEDULED', 'LIVE', 'COMPLETED', 'CANCELLED'], LIVE: ['LIVE', 'COMPLETED', 'CANCELLED'], COMPLETED: ['COMPLETED'], CANCELLED: [] };

  it('keeps the state machine; a refused one changes nothing, an accepted one is the next event', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
        let at = match({ seq: 0 });
        for (const apply of moves) {
          const before = structuredClone(at);
          let event: MatchEvent;
          try {
            event = apply(at);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
            expect(['INVALID_TRANSITION', 'UNPROCESSABLE']).toContain((error as Refusal).code);
            expect(at).toEqual(before);
            continue;
          }
          expect(at).toEqual(before);
          expect(MatchEvent.parse(event)).toEqual(event);
          at = applyEvent(at, event);
          expect(MatchSnapshot.parse(at)).toEqual(at);
          expect(at.seq).toBe(before.seq + 1);
          expect(NEXT[before.status]).toContain(at.status);
          holds(at);
        }
      }),
      { numRuns: 500 },
    );
  });

  /** What is true of every match, however it got there. */
  function holds({ status, outcome, winnerId: winner, homeScore, awayScore, startedAt, endedAt }: MatchSnapshot): void {
    expect(outcome === null).toBe(status !== 'COMPLETED');
    expect(endedAt === null).toBe(status === 'SCHEDULED' || status === 'LIVE');
    // A forfeit that was none may have been recorded before anybody started the match.
    if (status === 'LIVE') expect(startedAt).not.toBeNull();
    if (status !== 'COMPLETED') expect(winner).toBeNull();
    if (outcome === 'forfeit') expect(['a', 'b']).toContain(winner);
    if (outcome === 'double_forfeit') expect(winner).toBeNull();
    if (outcome === 'played' && homeScore !== awayScore) expect(winner).toBe(homeScore > awayScore ? 'a' : 'b');
  }
});
