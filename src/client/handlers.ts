/** What a caller wants to hear of a match or a tournament. */
import type { LeaderboardUpdate } from '../contracts/analytics.js';
import type { MatchEvent, MatchEventType } from '../contracts/event.js';
import type { MatchSnapshot } from '../contracts/match.js';
import type { RefusalBody } from '../contracts/refusal.js';
import type { WatchState } from './options.js';

/**
 * Events `from + 1` to `to` are not delivered.
 * - `skipped`: more was missed than the server hands over with a join, and `history` is `latest`
 * - `cursor-ahead`: the cursor lay in the future of the match (the server's data is older than what was seen: a restored backup); `to` is where the match stands
 */
export interface Resync {
  matchId: string;
  from: number;
  to: number;
  reason: 'skipped' | 'cursor-ahead';
}

type ByType = { [Type in MatchEventType]?: (event: Extract<MatchEvent, { type: Type }>, snapshot: MatchSnapshot) => void };

/**
 * All optional. `snapshot` is the newest known state of the event's match:
 * true at `snapshot.seq`, which is `event.seq` or, while missed events are
 * caught up with, beyond it. For one event: the handler of its type
 * (`score_update`, `match_end`, …), then `onEvent`, then `onSnapshot`.
 */
export interface Handlers extends ByType {
  /** Every event, exactly once, in order of `seq` within its match. */
  onEvent?: (event: MatchEvent, snapshot: MatchSnapshot) => void;
  /** The state of a match is known, or has changed. */
  onSnapshot?: (snapshot: MatchSnapshot) => void;
  onState?: (state: WatchState) => void;
  /** How many sockets watch this match or tournament, over all instances. */
  onViewers?: (viewers: number) => void;
  /** The tournament's top players by its game's first stat, at most once a second and only when they changed; tournaments only. */
  onLeaderboard?: (update: LeaderboardUpdate) => void;
  onResync?: (resync: Resync) => void;
  /**
   * The join was refused, for example with `NOT_FOUND`, or ended by the server: the tournament became private, and
   * nothing is heard of it any more. It is tried again with the next connection, and by `retry()`.
   */
  onError?: (refusal: RefusalBody) => void;
}

/** Calls what a caller gave us: whatever it throws, now or later, is reported and stays there. */
export type Call = (handler: () => unknown) => void;

export function callWith(report: (error: unknown) => void): Call {
  return (handler) => {
    try {
      const result = handler();
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  };
}
