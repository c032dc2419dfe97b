/**
 * What has just been committed, told to whoever listens in this process. The
 * domain knows nothing of sockets: `realtime` listens here. A listener that
 * misses something finds it in the log.
 */
import { Injectable } from '@nestjs/common';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';

export interface Committed {
  event: MatchEvent;
  /** The match at the event's `seq`. */
  match: MatchSnapshot;
}

@Injectable()
export class CommittedEvents {
  private readonly listeners = new Set<(committed: Committed) => void>();

  /** Returns how to stop listening. */
  listen(listener: (committed: Committed) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(committed: Committed): void {
    for (const listener of this.listeners) listener(committed);
  }
}
