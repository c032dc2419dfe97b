/** What a watcher is given, and what it falls back to. */
import type { RefusalBody } from '../contracts/refusal.js';
import type { Notification } from '../contracts/notification.js';

/**
 * - `live`: connected, joined, and every event known to exist was delivered
 * - `catching-up`: connecting for the first time, joining, or fetching what was missed
 * - `offline`: no connection, trying again unless the token was refused; or the join was refused, to be asked again with the next connection
 *
 * The watcher's is the least of what it follows: one refused match makes it `offline`, and the others' handles say that they are `live`.
 */
export type WatchState = 'live' | 'catching-up' | 'offline';

/** Timers, so that a test can own the time. Milliseconds. */
export interface Clock {
  setTimeout(action: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The part of a socket.io-client `Socket` that is used. */
export interface WatchSocket {
  on(event: 'connect', listener: () => void): unknown;
  on(event: 'disconnect', listener: (reason: string) => void): unknown;
  on(event: 'connect_error', listener: (error: Error & { data?: unknown }) => void): unknown;
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown;
  emit(event: string, payload: unknown, ack?: (answer: unknown) => void): unknown;
  disconnect(): unknown;
}

/** A JWT, or how to get one: asked before every connection, so that a token renewed in the meantime is used. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>);

/**
 * What to do about more missed events than the server hands over with a join.
 * `full`: page through the rest, so that handlers see every event.
 * `latest`: go on from the newest state and say so through `onResync`.
 */
export type History = 'full' | 'latest';

export interface WatchOptions {
  /** Absent: an anonymous spectator, who sees what is public. */
  token?: TokenSource;
  /** For every match and tournament that does not say otherwise. @default 'full' */
  history?: History;
  onState?: (state: WatchState) => void;
  /** A refused token, told once per token: the watcher then stays offline until `retry()`. */
  onError?: (refusal: RefusalBody) => void;
  /** What the server told this user; needs a token. */
  onNotification?: (notification: Notification) => void;
  /** A handler threw. The stream goes on. @default console.error */
  onHandlerError?: (error: unknown) => void;

  /** How long an out-of-order event may wait for the ones before it until they are asked for, in ms; jittered by half. @default 150 */
  gapPatienceMs?: number;
  /**
   * How long a small answer may take, in ms. A connection is given up when a join is unanswered for six times as long,
   * as a large tournament's may be over a slow network; for three times as long, when it brings other things meanwhile. @default 5000
   */
  ackTimeoutMs?: number;
  /**
   * How long a connection may bring nothing until it is asked whether anybody is there, in ms. Longer than the 7.5 s
   * after which a server has sent every room an event or a heartbeat. @default 10000
   */
  silenceMs?: number;
  /** How long one page of the log may take over HTTP, in ms. @default 10000 */
  fetchTimeoutMs?: number;
  /** The first wait before connecting again is random below this, in ms; the bound doubles with each failure. @default 500 */
  backoffMs?: number;
  /** The largest such bound while there is no connection, in ms: Socket.IO's own, so that a watcher is not the last to be back. @default 5000 */
  reconnectMaxMs?: number;
  /** The largest bound of the wait before a server that refuses, or has no pages, is asked again, in ms. @default 15000 */
  backoffMaxMs?: number;

  /** @default a socket.io-client connection of its own, WebSocket first, then long-polling */
  connect?: (url: string, token: string | undefined) => WatchSocket;
  /** @default globalThis.fetch */
  fetch?: typeof fetch;
  /** 0 ≤ random() < 1. @default Math.random */
  random?: () => number;
  /** @default the global timers */
  clock?: Clock;
}

/** The options with every default filled in. */
export interface Settings extends Required<Omit<WatchOptions, 'token' | 'onState' | 'onError' | 'onNotification'>> {
  url: string;
}

const globalClock: Clock = {
  setTimeout: (action, ms) => setTimeout(action, ms),
  clearTimeout: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};

export function settingsOf(url: string, options: WatchOptions, connect: Settings['connect']): Settings {
  return {
    url: addressOf(url),
    history: options.history ?? 'full',
    gapPatienceMs: options.gapPatienceMs ?? 150,
    ackTimeoutMs: options.ackTimeoutMs ?? 5_000,
    silenceMs: options.silenceMs ?? 10_000,
    fetchTimeoutMs: options.fetchTimeoutMs ?? 10_000,
    backoffMs: options.backoffMs ?? 500,
    reconnectMaxMs: options.reconnectMaxMs ?? 5_000,
    backoffMaxMs: options.backoffMaxMs ?? 15_000,
    connect: options.connect ?? connect,
    // Bound late: a page may replace the global, and a browser's fetch refuses another `this`.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    random: options.random ?? Math.random,
    clock: options.clock ?? globalClock,
    onHandlerError:
      options.onHandlerError ??
      ((error) => {
        // eslint-disable-next-line no-console -- a library has no other place to say it
        console.error('grandstand: a handler threw', error);
      }),
  };
}

/** Told at once: a connection that is tried again and again cannot say that it will never come about. */
function addressOf(url: string): string {
  if (!/^https?:\/\/./i.test(url)) throw new TypeError(`watch() wants the address of a server, such as "https://scores.example", not ${JSON.stringify(url)}`);
  return new URL(url).href;
}

/** Full jitter: anywhere below the bound, so that a crowd that fell together does not come back together. */
export function backoff(attempt: number, maxMs: number, { backoffMs, random }: Pick<Settings, 'backoffMs' | 'random'>): number {
  return random() * Math.min(maxMs, backoffMs * 2 ** Math.min(attempt, 30));
}
