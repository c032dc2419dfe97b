/**
 * The watcher: follow matches and tournaments of a Grandstand server, in a
 * browser or in Node. Every event exactly once and in order, through lost
 * networks, dying instances and restarts; the socket beneath is `contracts/socket.ts`.
 *
 *     const watcher = watch('https://scores.example');
 *     const cup = watcher.tournament('summer-cup', {
 *       score_update: (event, match) => console.log(match.home.name, event.homeScore, ':', event.awayScore, match.away.name),
 *     });
 *     cup.snapshots; // the state of every match, true at its `seq`
 */
import type { MatchSnapshot } from '../contracts/match.js';
import type { RefusalBody } from '../contracts/refusal.js';
import type { Handlers } from './handlers.js';
import { connectSocket } from './link.js';
import { settingsOf, type WatchOptions, type WatchState } from './options.js';
import type { Subscription, SubscriptionOptions } from './subscription.js';
import { Connections } from './watcher.js';

interface Handle {
  readonly state: WatchState;
  /** The last `seq` delivered, by match: give it as `since` another day to go on from there. */
  readonly cursors: Readonly<Record<string, number>>;
  /** Why the join was refused, or ended by the server; null while it is not. */
  readonly refusal: RefusalBody | null;
  /** Stops following; no handler is called afterwards. */
  close(): void;
}

export interface MatchHandle extends Handle {
  /** The match's newest known state, true at `snapshot.seq`; null until it is known. */
  readonly snapshot: MatchSnapshot | null;
}

export interface TournamentHandle extends Handle {
  /** The newest known state of each match, in the order they became known. */
  readonly snapshots: readonly MatchSnapshot[];
  snapshot(matchId: string): MatchSnapshot | null;
}

export interface Watcher {
  readonly state: WatchState;
  match(id: string, handlers?: Handlers, options?: SubscriptionOptions): MatchHandle;
  /** A match that is added to the tournament later is followed from its first event. */
  tournament(id: string, handlers?: Handlers, options?: SubscriptionOptions): TournamentHandle;
  /**
   * Connects at once instead of after the wait, and asks again for what was refused; makes sure of a connection that
   * seems to be open. For a phone that wakes up or says it is online again, whatever the state, or after a refused token.
   */
  retry(): void;
  close(): void;
}

/** `url`: where the server is, for example `https://scores.example` or `location.origin`; throws a `TypeError` when it is no such address. Connects at once. */
export function watch(url: string, options: WatchOptions = {}): Watcher {
  const connections = new Connections(settingsOf(url, options, connectSocket), options);
  return {
    get state() {
      return connections.state;
    },
    match: (id, handlers = {}, subscriptionOptions = {}) => {
      const subscription = connections.subscribe('match', id, handlers, subscriptionOptions);
      return Object.defineProperties(handleOf(connections, subscription), { snapshot: { get: () => subscription.feed.snapshot(id), enumerable: true } }) as MatchHandle;
    },
    tournament: (id, handlers = {}, subscriptionOptions = {}) => {
      const subscription = connections.subscribe('tournament', id, handlers, subscriptionOptions);
      return Object.defineProperties(handleOf(connections, subscription), {
        snapshots: { get: () => subscription.feed.snapshots, enumerable: true },
        snapshot: { value: (matchId: string) => subscription.feed.snapshot(matchId) },
      }) as TournamentHandle;
    },
    retry: () => {
      connections.retry();
    },
    close: () => {
      connections.close();
    },
  };
}

function handleOf(connections: Connections, subscription: Subscription): Handle {
  return {
    get state() {
      return subscription.state;
    },
    get cursors() {
      return subscription.feed.cursors;
    },
    get refusal() {
      return subscription.refusal;
    },
    close: () => {
      connections.unsubscribe(subscription);
    },
  };
}

export type { Since } from './feed.js';
export type { Handlers, Resync } from './handlers.js';
export type { Clock, History, TokenSource, WatchOptions, WatchSocket, WatchState } from './options.js';
export { read, ReadRefusal, type ReadAnswer, type ReadOptions, type ReadPath } from './rest-reader.js';
export type { SubscriptionOptions } from './subscription.js';
export type { MatchEvent, MatchEventType } from '../contracts/event.js';
export type { MatchSnapshot } from '../contracts/match.js';
export type { RefusalBody } from '../contracts/refusal.js';
