/** What one spectator has seen of one match, in the order it saw it, and when. */
import { isDeepStrictEqual } from 'node:util';
import type { MatchEvent } from '../../src/contracts/event.js';
import type { Seqs } from './crowd-wire.js';

export class Sightings {
  readonly events: MatchEvent[] = [];
  readonly #at: number[] = [];

  see(event: MatchEvent): void {
    this.events.push(event);
    this.#at.push(Date.now());
  }

  get last(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** When it had the event `seq`, which is the `seq`th where nothing is lost or doubled; undefined: it has not yet. */
  when(seq: number): number | undefined {
    return this.#at[seq - 1];
  }

  /** The first difference to the log, in words; undefined: there is none. */
  differsFrom(log: readonly MatchEvent[]): string | undefined {
    const at = log.findIndex((event, index) => !isDeepStrictEqual(event, this.events[index]));
    if (at === -1 && this.events.length === log.length) return undefined;
    const place = at === -1 ? log.length : at;
    const [has, should] = [this.events[place], log[place]];
    const around = this.events.slice(Math.max(0, place - 2), place + 3).map(({ seq }) => seq).join(',');
    return `${this.events.length} events, the log has ${log.length}; first difference at place ${place + 1}: has ${JSON.stringify(has) || 'nothing'}, the log ${JSON.stringify(should) || 'nothing'} (around it: ${around})`;
  }
}

/** How a spectator came through a fault, in milliseconds. */
export interface Recovery {
  /** From the fault until it had the first event committed after it. */
  took: number;
  /** How long that event was there already. */
  waited: number;
}

/** By the first event after `since` that one spectator had in any of its matches; null: none yet. */
export function recoveryOf(seen: ReadonlyMap<string, Sightings>, matchIds: readonly string[], since: number, next: Seqs): Recovery | null {
  const targets = matchIds.filter((id) => next[id] !== undefined);
  const had = targets.flatMap((id) => {
    const seq = next[id] ?? 0;
    const at = seen.get(id)?.when(seq);
    const event = seen.get(id)?.events[seq - 1];
    return at === undefined || !event ? [] : [{ took: Math.max(0, at - since), waited: Math.max(0, at - Math.max(since, Date.parse(event.at))) }];
  });
  return had.sort((a, b) => a.took - b.took)[0] ?? null;
}
