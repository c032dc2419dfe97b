import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { story } from '../../test/support/match-story.js';
import type { MatchEvent } from '../contracts/event.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { Sequencer } from './sequencer.js';

const LENGTH = 40;
const { events, states } = story(LENGTH);
const stateAt = (seq: number): MatchSnapshot => states[seq]!;
const eventAt = (seq: number): MatchEvent => events[seq - 1]!;
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index + 1);

type Delivery = { kind: 'event' | 'snapshot' | 'learn'; seq: number };
/** What the network may do to a log: leave out, repeat, reorder, mix with snapshots and digests of any age. */
const deliveries = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('event' as const), seq: fc.integer({ min: 1, max: LENGTH }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const), seq: fc.integer({ min: 0, max: LENGTH }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('learn' as const), seq: fc.integer({ min: 0, max: LENGTH }) }) },
  ),
  { maxLength: 120 },
);

function feed(sequencer: Sequencer, delivery: Delivery): void {
  if (delivery.kind === 'event') sequencer.put(eventAt(delivery.seq));
  else if (delivery.kind === 'snapshot') sequencer.adopt(stateAt(delivery.seq));
  else sequencer.learn(delivery.seq);
}

function drain(sequencer: Sequencer): number[] {
  const taken: number[] = [];
  for (let next = sequencer.take(); next; next = sequencer.take()) {
    taken.push(next.event.seq);
    expect(next.snapshot).toEqual(stateAt(next.snapshot.seq));
    expect(next.snapshot.seq).toBeGreaterThanOrEqual(next.event.seq);
  }
  return taken;
}

/** Answers what it asks for, `page` events at a time, until it asks no more. */
function answerGaps(sequencer: Sequencer, page: number): number[] {
  const taken = drain(sequencer);
  for (let missing = sequencer.missing; missing; missing = sequencer.missing) {
    if (missing.snapshot) sequencer.adopt(stateAt(LENGTH));
    const { after } = missing;
    if (after !== null) for (const event of events.slice(after, after + page)) sequencer.put(event);
    taken.push(...drain(sequencer));
  }
  return taken;
}

describe('a sequencer', () => {
  it('delivers every event of the log exactly once in order, whatever arrives, once its gaps are answered', () => {
    fc.assert(
      fc.property(deliveries, fc.integer({ min: 0, max: LENGTH }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 60 }), (arrivals, since, page, heldMax) => {
        const sequencer = new Sequencer(since, heldMax);
        const taken: number[] = [];
        for (const arrival of arrivals) {
          feed(sequencer, arrival);
          taken.push(...drain(sequencer));
        }
        sequencer.learn(LENGTH);
        taken.push(...answerGaps(sequencer, page));
        expect(taken).toEqual(upTo(since, LENGTH));
        expect(sequencer.snapshot).toEqual(stateAt(LENGTH));
      }),
      { numRuns: 500 },
    );
  });

  it('without a cursor begins right after the first snapshot, holding what came before it', () => {
    fc.assert(
      fc.property(deliveries, fc.integer({ min: 0, max: LENGTH }), deliveries, (before, first, after) => {
        const sequencer = new Sequencer(null);
        for (const arrival of before) if (arrival.kind !== 'snapshot') feed(sequencer, arrival);
        expect(drain(sequencer)).toEqual([]);
        sequencer.adopt(stateAt(first));
        for (const arrival of after) feed(sequencer, arrival);
        sequencer.learn(LENGTH);
        expect(answerGaps(sequencer, 7)).toEqual(upTo(first, LENGTH));
      }),
    );
  });

  it('keeps a state that is true at its seq and never goes back', () => {
    fc.assert(
      fc.property(deliveries, (arrivals) => {
        const sequencer = new Sequencer(0);
        let seq = 0;
        for (const arrival of arrivals) {
          feed(sequencer, arrival);
          drain(sequencer);
          const { snapshot } = sequencer;
          if (!snapshot) continue;
          expect(snapshot).toEqual(stateAt(snapshot.seq));
          expect(snapshot.seq).toBeGreaterThanOrEqual(seq);
          seq = snapshot.seq;
        }
      }),
    );
  });

  it('asks for nothing while it has everything, and for exactly what follows its cursor when it has not', () => {
    fc.assert(
      fc.property(deliveries, (arrivals) => {
        const sequencer = new Sequencer(0);
        sequencer.adopt(stateAt(0));
        const seen = new Set([0]);
        let known = 0;
        for (const arrival of arrivals) {
          feed(sequencer, arrival);
          drain(sequencer);
          if (arrival.kind === 'event') seen.add(arrival.seq);
          known = Math.max(known, arrival.seq);
          let whole = 0;
          while (seen.has(whole + 1)) whole += 1;
          expect(sequencer.cursor).toBe(whole);
          expect(sequencer.missing).toEqual(known > whole ? { after: whole, snapshot: false } : null);
        }
      }),
    );
  });

  it('goes on right after a skip or a restart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: LENGTH }), fc.shuffledSubarray(upTo(0, LENGTH)), (since, jump, arrivals) => {
        const sequencer = new Sequencer(since);
        sequencer.adopt(stateAt(jump));
        expect(sequencer.skip()).toEqual({ from: since, to: jump });
        expect(sequencer.skip()).toBeNull();
        for (const seq of arrivals) sequencer.put(eventAt(seq));
        sequencer.learn(LENGTH);
        expect(answerGaps(sequencer, 5)).toEqual(upTo(jump, LENGTH));

        expect(sequencer.restart(stateAt(since))).toEqual({ from: LENGTH, to: since });
        for (const seq of arrivals) sequencer.put(eventAt(seq));
        sequencer.learn(LENGTH);
        expect(answerGaps(sequencer, 5)).toEqual(upTo(since, LENGTH));
      }),
    );
  });

  it('holds back no more than it may', () => {
    const sequencer = new Sequencer(0, 3);
    sequencer.adopt(stateAt(0));
    for (const seq of [10, 9, 8, 2, 3]) sequencer.put(eventAt(seq));
    sequencer.put(eventAt(1));
    expect(drain(sequencer)).toEqual([1, 2, 3]);
    expect(sequencer.missing).toEqual({ after: 3, snapshot: false });
  });
});
