/**
 * One match on this instance: where it stands, and its last events. It takes
 * events from wherever they are learnt (a post here, Redis, the log) and lets
 * each through once, in order. Pure: it sends nothing and reads nothing.
 */
import { applyEvent } from '../../contracts/apply-event.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';

/** Looks at a match that is over without news of it: a minute, and longer than a slow reader may be out of the stream. */
const LOOKS_TILL_REST = 12;

export class MatchFeed {
  /** Contiguous, ending at `seq`. */
  private recent: MatchEvent[] = [];
  /** Events that came before one they follow: two posts' commits are announced in either order. */
  private readonly early = new Map<number, MatchEvent>();
  /** Looks since an event came or was asked for. */
  private idle = 0;
  private sentAt: string;

  constructor(
    private state: MatchSnapshot,
    /** The last event that this instance's sockets have been sent. Starts at 0 for a match that was found late, else at `state.seq`. */
    private cursor: number,
    private readonly keep: number,
  ) {
    this.sentAt = state.updatedAt;
  }

  get seq(): number {
    return this.cursor;
  }

  /** The `at` of the event at `seq`: which of all that may have had that number it was. */
  get at(): string {
    return this.sentAt;
  }

  get tournamentId(): string {
    return this.state.tournamentId;
  }

  /** The match at `seq`; null while the feed still catches up with the state it was opened at. */
  get snapshot(): MatchSnapshot | null {
    return this.state.seq === this.cursor ? this.state : null;
  }

  /** True while something is missing before an event that is here. */
  get hasGap(): boolean {
    return this.early.size > 0;
  }

  /** What may be sent now: nothing for an event that is known or early, else it and those that waited for it, in order. */
  take(event: MatchEvent): MatchEvent[] {
    if (event.seq <= this.cursor) return [];
    if (event.seq > this.cursor + 1) {
      if (this.early.size < this.keep) this.early.set(event.seq, event);
      return [];
    }
    const released: MatchEvent[] = [];
    for (let next: MatchEvent | undefined = event; next; next = this.early.get(this.cursor + 1)) {
      this.early.delete(next.seq);
      this.cursor = next.seq;
      this.sentAt = next.at;
      if (next.seq === this.state.seq + 1) this.state = applyEvent(this.state, next);
      this.recent.push(next);
      released.push(next);
    }
    this.idle = 0;
    for (const seq of this.early.keys()) if (seq <= this.cursor) this.early.delete(seq);
    // Cut in halves, not one by one: shifting an array on every event would copy it every time.
    if (this.recent.length > this.keep * 2) this.recent = this.recent.slice(-this.keep);
    return released;
  }

  /** Everything after `since`, or null when that reaches further back than what is kept here. */
  after(since: number): MatchEvent[] | null {
    const missing = this.cursor - since;
    if (missing <= 0) return [];
    return missing <= this.recent.length ? this.recent.slice(-missing) : null;
  }

  /** Puts older events before those that are kept; ignored where they do not join up. */
  remember(history: readonly MatchEvent[]): void {
    const first = this.recent[0]?.seq ?? this.cursor + 1;
    const older = history.filter((event) => event.seq < first);
    if (older.at(-1)?.seq === first - 1) this.recent = [...older, ...this.recent];
    this.idle = 0;
  }

  /** A look, every heartbeat. A match that is over, and was for a while, keeps no events: who missed some is answered from the log. */
  look(): void {
    const { status } = this.state;
    if (this.recent.length === 0 || (status !== 'COMPLETED' && status !== 'CANCELLED')) return;
    this.idle += 1;
    if (this.idle > LOOKS_TILL_REST) this.recent = [];
  }
}
