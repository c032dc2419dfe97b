/**
 * What a heartbeat names. A room knows what it was just sent, and what was
 * named to it a hundred times: so a digest has the matches that moved lately,
 * and of the others a few, in turn, so that nothing stays unknown for ever. Of
 * a tournament with 2,001 matches all of them were 82 KB a socket and
 * heartbeat; now they are 4 KB. A small tournament is named whole. Holds no
 * wall clock: an event's `at` is of another machine's.
 */
import type { Heartbeat } from '../../contracts/socket.js';

/** A match that moved is in this many heartbeats after it. */
const LATELY = 6;
/** Of those that did not, so many in each. */
const QUIET_AT_ONCE = 100;

export interface DigestsOptions {
  heartbeatMs: number;
  /** Milliseconds of a clock that is never set back. */
  now: () => number;
}

export class Digests {
  /** When each match's last event was handed to the sockets here; absent: not lately. */
  private readonly movedAt = new Map<string, number>();
  /** The matches of each tournament, the one that was named longest ago first. */
  private readonly turns = new Map<string, Set<string>>();

  constructor(private readonly options: DigestsOptions) {}

  /** An event of this match was handed to the sockets here. */
  moved(matchId: string): void {
    this.movedAt.set(matchId, this.options.now());
  }

  /** A room that was just sent an event knows where its match stands; if that one was lost, the next digest says so. */
  isFresh(matchId: string): boolean {
    return this.age(matchId) < this.options.heartbeatMs / 2;
  }

  /** The digest that is due in a tournament's room; null: there is nothing that it does not know. */
  next(tournamentId: string, feeds: ReadonlyMap<string, { readonly seq: number }>): Heartbeat | null {
    const known = this.turns.get(tournamentId);
    const turns = known ?? new Set<string>();
    this.turns.set(tournamentId, turns);
    const due: string[] = [];
    for (const id of feeds.keys()) {
      if (turns.has(id)) continue;
      turns.add(id);
      // Those there are when the room is opened came with the answers to its joins. One that is scheduled later is news, though nothing happened in it.
      if (!known) continue;
      due.push(id);
      if (!this.movedAt.has(id)) this.moved(id);
    }
    const isNew = new Set(due);
    const quiet: string[] = [];
    for (const id of turns) {
      if (!feeds.has(id)) turns.delete(id);
      else if (isNew.has(id) || this.isFresh(id)) continue;
      else if (this.movedLately(id)) due.push(id);
      else if (quiet.length < QUIET_AT_ONCE) quiet.push(id);
    }
    const digest: Heartbeat = {};
    for (const id of [...due, ...quiet]) {
      digest[id] = feeds.get(id)?.seq ?? 0;
      turns.delete(id);
      turns.add(id);
    }
    return feeds.size > 0 && Object.keys(digest).length === 0 ? null : digest;
  }

  /** Forgets what is not watched any more, and moves that are long past. */
  tidy(tournamentIds: ReadonlySet<string>): void {
    for (const id of this.turns.keys()) if (!tournamentIds.has(id)) this.turns.delete(id);
    for (const id of this.movedAt.keys()) if (!this.movedLately(id)) this.movedAt.delete(id);
  }

  private movedLately(matchId: string): boolean {
    return this.age(matchId) <= (LATELY + 0.5) * this.options.heartbeatMs;
  }

  private age(matchId: string): number {
    return this.options.now() - (this.movedAt.get(matchId) ?? -Infinity);
  }
}
