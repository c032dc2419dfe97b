import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyEvent } from '../../contracts/apply-event.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { MatchFeed } from './match-feed.js';

const at = '2026-05-01T18:00:00.000Z';
const scheduled: MatchSnapshot = {
  id: 'final', tournamentId: 'cup', seq: 0, status: 'SCHEDULED', home: { id: 'h', name: 'H' }, away: { id: 'a', name: 'A' }, homeScore: 0, awayScore: 0,
  winnerId: null, outcome: null, round: null, bestOf: null, scheduledAt: null, startedAt: null, endedAt: null, updatedAt: at,
};
const eventAt = (seq: number): MatchEvent =>
  seq === 1
    ? { type: 'match_start', matchId: 'final', tournamentId: 'cup', seq, at, startedAt: at }
    : { type: 'score_update', matchId: 'final', tournamentId: 'cup', seq, at, homeScore: seq, awayScore: 0 };
const log = (length: number): MatchEvent[] => Array.from({ length }, (_, index) => eventAt(index + 1));
const stateAt = (seq: number): MatchSnapshot => log(seq).reduce(applyEvent, scheduled);
const seqs = (events: readonly MatchEvent[]): number[] => events.map(({ seq }) => seq);
const upTo = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index + 1);

/** Any delivery of 1..n: some twice, in any order. */
const delivery = fc.integer({ min: 1, max: 40 }).chain((length) =>
  fc.record({
    length: fc.constant(length),
    order: fc.shuffledSubarray(upTo(0, length).flatMap((seq) => [seq, seq]), { minLength: length }).filter((order) => new Set(order).size === length),
  }),
);

describe('a match feed', () => {
  it('lets each event through once and in order, whatever came twice, late or early', () => {
    fc.assert(
      fc.property(delivery, fc.nat(10), ({ length, order }, opened) => {
        const start = Math.min(opened, length);
        const feed = new MatchFeed(stateAt(start), start, 500);
        const sent: MatchEvent[] = [];
        for (const seq of order) {
          sent.push(...feed.take(eventAt(seq)));
          expect(feed.snapshot).toEqual(stateAt(feed.seq));
        }
        expect(seqs(sent)).toEqual(upTo(start, length));
        expect(feed.hasGap).toBe(false);
      }),
    );
  });

  it('that was opened behind its state sends what lies between, and knows its state once it is there', () => {
    const feed = new MatchFeed(stateAt(5), 0, 500);
    expect(feed.snapshot).toBeNull();
    expect(seqs(log(6).flatMap((event) => feed.take(event)))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(feed.snapshot).toEqual(stateAt(6));
  });

  it('holds back what lies behind a gap, and says that there is one', () => {
    const feed = new MatchFeed(stateAt(3), 3, 500);
    expect(feed.take(eventAt(6))).toEqual([]);
    expect(feed.hasGap).toBe(true);
    expect(feed.take(eventAt(5))).toEqual([]);
    expect(seqs(feed.take(eventAt(4)))).toEqual([4, 5, 6]);
    expect(feed.hasGap).toBe(false);
  });

  it('answers what came after a cursor exactly, or says that it no longer knows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 10 }), fc.nat(60), (length, keep, since) => {
        const feed = new MatchFeed(scheduled, 0, keep);
        for (const event of log(length)) feed.take(event);
        const answer = feed.after(since);
        if (answer) expect(seqs(answer)).toEqual(upTo(since, length));
        // What is kept is at least `keep`: nobody within it is sent to the database.
        else expect(length - since).toBeGreaterThan(keep);
      }),
    );
  });

  it('keeps no events of a match that is over for a while, and takes them back for who asks', () => {
    const end: MatchEvent = { type: 'match_end', matchId: 'final', tournamentId: 'cup', seq: 5, at, homeScore: 4, awayScore: 0, winnerId: 'h', outcome: 'played' };
    const all = [...log(4), end];
    const [live, over] = [log(5), all].map((events) => {
      const feed = new MatchFeed(scheduled, 0, 500);
      for (const event of events) feed.take(event);
      return feed;
    });
    const look = (times: number): void => { for (let looked = 0; looked < times; looked += 1) for (const feed of [live, over]) feed?.look(); };
    look(5);
    // Who was away when it ended is most likely back by now, and was answered from here.
    expect(seqs(over?.after(2) ?? [])).toEqual([3, 4, 5]);
    look(20);
    expect([live?.after(0)?.length, over?.after(0), over?.after(5)]).toEqual([5, null, []]);
    expect(over?.snapshot).toEqual(all.reduce(applyEvent, scheduled));
    over?.remember(all);
    look(5);
    expect(seqs(over?.after(0) ?? [])).toEqual([1, 2, 3, 4, 5]);
    look(20);
    expect(over?.after(0)).toBeNull();
    // A correction goes on where it ended.
    const correction: MatchEvent = { type: 'match_correction', matchId: 'final', tournamentId: 'cup', seq: 6, at, homeScore: 3, awayScore: 0, winnerId: 'h', reason: 'recount' };
    expect(seqs(over?.take(correction) ?? [])).toEqual([6]);
    expect(seqs(over?.after(5) ?? [])).toEqual([6]);
    expect(over?.after(4)).toBeNull();
  });

  it('takes older history only where it joins up', () => {
    const feed = new MatchFeed(stateAt(5), 5, 500);
    feed.take(eventAt(6));
    feed.remember([eventAt(1), eventAt(2)]);
    expect(feed.after(4)).toBeNull();
    feed.remember(log(6).slice(1, 5));
    expect(seqs(feed.after(1) ?? [])).toEqual([2, 3, 4, 5, 6]);
  });
});
