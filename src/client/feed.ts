/**
 * The matches of one subscription: a sequencer each, their delivery to the
 * handlers, and which of them lack something. Knows the wire's messages but no
 * connection.
 */
import type { MatchEvent } from '../contracts/event.js';
import type { MatchSnapshot } from '../contracts/match.js';
import type { MatchJoined, TournamentJoined } from '../contracts/socket.js';
import type { Call, Handlers } from './handlers.js';
import { Sequencer, type Missing, type Skipped } from './sequencer.js';

/** The last `seq` seen of a match, or of each of several; a number counts for every match. */
export type Since = number | Readonly<Record<string, number>>;

export class Feed {
  /** The first answer has come: a match that appears from now on is new, and followed from its first event. */
  begun = false;
  readonly #sequencers = new Map<string, Sequencer>();
  readonly #lagging = new Set<string>();
  /** Matches that turned out not to be ours, or not for us to see. */
  readonly #foreign = new Set<string>();
  /** Matches with something to deliver, while a delivery is under way. */
  readonly #due = new Set<string>();
  #delivering = false;
  #stopped = false;

  /** `call`: nothing is called once it was stopped. */
  constructor(
    private readonly handlers: Handlers,
    private readonly call: Call,
    private readonly since: Since | undefined,
  ) {}

  has(matchId: string): boolean {
    return this.#sequencers.has(matchId);
  }

  get snapshots(): MatchSnapshot[] {
    return [...this.#sequencers.values()].flatMap((sequencer) => sequencer.snapshot ?? []);
  }

  snapshot(matchId: string): MatchSnapshot | null {
    return this.#sequencers.get(matchId)?.snapshot ?? null;
  }

  /** The last `seq` delivered of each match, for a join's `since`, or to be kept for another day. */
  get cursors(): Record<string, number> {
    const cursors: Record<string, number> = {};
    for (const [matchId, { cursor }] of this.#sequencers) if (cursor !== null) cursors[matchId] = cursor;
    return this.begun || typeof this.since !== 'object' ? cursors : { ...this.since, ...cursors };
  }

  /** The matches that lack something, oldest lack first. */
  get lagging(): [matchId: string, missing: Missing][] {
    return [...this.#lagging].flatMap((matchId) => {
      const missing = this.#sequencers.get(matchId)?.missing;
      return missing ? [[matchId, missing]] : [];
    });
  }

  missing(matchId: string): Missing | null {
    return this.#sequencers.get(matchId)?.missing ?? null;
  }

  get isLagging(): boolean {
    return this.#lagging.size > 0;
  }

  put(...events: MatchEvent[]): void {
    for (const event of events) {
      if (this.#foreign.has(event.matchId)) continue;
      this.#of(event.matchId).put(event);
      this.#deliver(event.matchId);
    }
  }

  adopt(snapshot: MatchSnapshot): void {
    const sequencer = this.#of(snapshot.id);
    const before = sequencer.snapshot;
    sequencer.adopt(snapshot);
    if (sequencer.snapshot !== before) this.#show(sequencer);
    this.#deliver(snapshot.id);
  }

  /** The server says that the match stands at `seq`; a match not heard of before is a new one. */
  learn(matchId: string, seq: number): void {
    if (this.#foreign.has(matchId)) return;
    this.#of(matchId).learn(seq);
    this.#note(matchId);
  }

  /**
   * A join's answer. `disputed`: cursors as they were when the server, having
   * refused one of them as lying in the future, was asked without: one that is
   * beyond the answer's snapshot is wrong. A cursor that moved since is not: its
   * event merely outran the answer.
   */
  answer(joined: MatchJoined | TournamentJoined, disputed: Readonly<Record<string, number>>): void {
    const snapshots = 'match' in joined ? [joined.match] : joined.matches;
    this.#foreign.clear();
    // Events before snapshots: wherever there is a state to reduce, handlers see event and state move together.
    this.put(...joined.missed);
    for (const snapshot of snapshots) {
      const sequencer = this.#of(snapshot.id);
      if ((disputed[snapshot.id] ?? 0) > snapshot.seq) {
        const skipped = sequencer.restart(snapshot);
        this.#resync(snapshot.id, skipped, 'cursor-ahead');
        this.#show(sequencer);
      }
      this.adopt(snapshot);
    }
    this.begun = true;
    for (const [matchId, sequencer] of this.#sequencers) {
      // Its event outran the answer that does not know it: the match is younger than the answer.
      if (!sequencer.snapshot) sequencer.beginAt(0);
      this.#note(matchId);
    }
  }

  /** Gives up what was missed of every lagging match whose newest state is known. */
  skip(): void {
    if (this.#stopped) return;
    for (const [matchId] of this.lagging) {
      const skipped = this.#of(matchId).skip();
      if (skipped) this.#resync(matchId, skipped, 'skipped');
      this.#deliver(matchId);
    }
  }

  disown(matchId: string): void {
    this.#sequencers.delete(matchId);
    this.#lagging.delete(matchId);
    this.#foreign.add(matchId);
  }

  /** Nothing is delivered any more: the cursors stay where they are. */
  stop(): void {
    this.#stopped = true;
  }

  #of(matchId: string): Sequencer {
    let sequencer = this.#sequencers.get(matchId);
    if (!sequencer) {
      const given = typeof this.since === 'object' ? this.since[matchId] : this.since;
      sequencer = new Sequencer(given ?? (this.begun ? 0 : null));
      this.#sequencers.set(matchId, sequencer);
    }
    return sequencer;
  }

  #deliver(matchId: string): void {
    this.#due.add(matchId);
    // A handler may bring the next message in (a test's socket is synchronous): it waits for its turn.
    if (this.#delivering) return;
    this.#delivering = true;
    for (const due of this.#due) {
      this.#due.delete(due);
      this.#drain(this.#of(due));
      this.#note(due);
    }
    this.#delivering = false;
  }

  #drain(sequencer: Sequencer): void {
    // A handler may have stopped it: asked before the next is taken, for a cursor counts what was told.
    for (let next = this.#next(sequencer); next; next = this.#next(sequencer)) {
      const { event, snapshot } = next;
      // The compiler cannot see that the handler found under an event's type takes that event.
      const byType = this.handlers[event.type] as ((event: MatchEvent, snapshot: MatchSnapshot) => void) | undefined;
      this.call(() => byType?.(event, snapshot));
      this.call(() => this.handlers.onEvent?.(event, snapshot));
      if (snapshot.seq === event.seq) this.#show(sequencer);
    }
  }

  #next(sequencer: Sequencer): ReturnType<Sequencer['take']> {
    return this.#stopped ? null : sequencer.take();
  }

  #note(matchId: string): void {
    if (this.#sequencers.get(matchId)?.missing) this.#lagging.add(matchId);
    else this.#lagging.delete(matchId);
  }

  #show(sequencer: Sequencer): void {
    const { snapshot } = sequencer;
    if (snapshot) this.call(() => this.handlers.onSnapshot?.(snapshot));
  }

  #resync(matchId: string, skipped: Skipped, reason: 'skipped' | 'cursor-ahead'): void {
    this.call(() => this.handlers.onResync?.({ matchId, ...skipped, reason }));
  }
}
