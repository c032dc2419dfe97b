/**
 * One match's events, put in order: in go events as they happen to arrive and
 * snapshots, out come events 1 by 1 without a gap or a double, with the state
 * after each. It knows what is missing and never asks itself: no socket, no
 * timer, no clock. Guarded by the properties in `sequencer.test.ts`.
 */
import { applyEvent } from '../contracts/apply-event.js';
import type { MatchEvent } from '../contracts/event.js';
import type { MatchSnapshot } from '../contracts/match.js';

/** What a sequencer cannot go on without. `after`: the events beyond this `seq`; null: no cursor yet, so only the snapshot. */
export interface Missing {
  after: number | null;
  snapshot: boolean;
}

/** Events `from + 1` to `to` that will never be delivered. */
export interface Skipped {
  from: number;
  to: number;
}

/** Held back per match. What is beyond comes again when the gap before it is filled. */
const HELD_MAX_DEFAULT = 1000;

export class Sequencer {
  #cursor: number | null;
  #snapshot: MatchSnapshot | null = null;
  /** The highest `seq` that is known to exist. */
  #known = 0;
  readonly #held = new Map<number, MatchEvent>();

  /**
   * @param since the last `seq` already seen; 0: none, deliver the whole log; null: begin after the first snapshot
   * @param heldMax how many out-of-order events to hold back. @default 1000
   */
  constructor(
    since: number | null,
    private readonly heldMax = HELD_MAX_DEFAULT,
  ) {
    this.#cursor = since;
  }

  /** The last `seq` delivered; null before there was a place to begin. */
  get cursor(): number | null {
    return this.#cursor;
  }

  /** The newest state known, true at its `seq`. It runs ahead of `cursor` while missed events are still being fetched. */
  get snapshot(): MatchSnapshot | null {
    return this.#snapshot;
  }

  /** Holds `event` until it is its turn; one that was delivered or is held already is dropped. */
  put(event: MatchEvent): void {
    if (this.#cursor !== null && event.seq <= this.#cursor) return;
    this.#known = Math.max(this.#known, event.seq);
    if (this.#held.has(event.seq)) return;
    this.#held.set(event.seq, event);
    if (this.#held.size > this.heldMax) this.#held.delete(Math.max(...this.#held.keys()));
  }

  /**
   * Takes a snapshot unless a newer state is known, or more than it tells was
   * delivered: from that no event leads on. The first one is where a sequencer
   * without a cursor begins.
   */
  adopt(snapshot: MatchSnapshot): void {
    this.#known = Math.max(this.#known, snapshot.seq);
    if (snapshot.seq >= Math.max(this.#cursor ?? 0, this.#snapshot?.seq ?? 0)) this.#snapshot = snapshot;
    if (this.#cursor === null) this.#moveTo(snapshot.seq);
  }

  /** The server says that the match stands at `seq`. */
  learn(seq: number): void {
    this.#known = Math.max(this.#known, seq);
  }

  /** Gives a sequencer without a cursor one; the others keep theirs. */
  beginAt(seq: number): void {
    if (this.#cursor === null) this.#moveTo(seq);
  }

  /** The next event in order, now delivered; null when it is not here yet. */
  take(): { event: MatchEvent; snapshot: MatchSnapshot } | null {
    if (this.#cursor === null || !this.#snapshot) return null;
    const event = this.#held.get(this.#cursor + 1);
    if (!event) return null;
    this.#held.delete(event.seq);
    this.#cursor = event.seq;
    if (event.seq === this.#snapshot.seq + 1) this.#snapshot = applyEvent(this.#snapshot, event);
    return { event, snapshot: this.#snapshot };
  }

  /** What to ask the server for; null when everything known to exist was delivered or is at hand. */
  get missing(): Missing | null {
    const snapshot = !this.#snapshot;
    if (this.#cursor === null) return { after: null, snapshot };
    const gap = this.#known > this.#cursor && !this.#held.has(this.#cursor + 1);
    return gap || snapshot ? { after: this.#cursor, snapshot } : null;
  }

  /** Gives up the events up to the snapshot and goes on from there. Null: there was nothing to skip. */
  skip(): Skipped | null {
    const from = this.#cursor;
    if (from === null || !this.#snapshot || this.#snapshot.seq <= from) return null;
    this.#moveTo(this.#snapshot.seq);
    return { from, to: this.#snapshot.seq };
  }

  /** The cursor turned out to lie in the future of this match: forgets everything and begins again at `snapshot`. */
  restart(snapshot: MatchSnapshot): Skipped {
    const from = this.#cursor ?? 0;
    this.#held.clear();
    this.#cursor = this.#known = snapshot.seq;
    this.#snapshot = snapshot;
    return { from, to: snapshot.seq };
  }

  #moveTo(seq: number): void {
    this.#cursor = seq;
    for (const held of this.#held.keys()) if (held <= seq) this.#held.delete(held);
  }
}
