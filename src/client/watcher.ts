/**
 * The connections of one watcher, and what arrives on them. Usually there is
 * one; while a server drains there are two, and every event comes twice: the
 * subscriptions' cursors drop the second, and a notification's number does.
 */
import type { Notification } from '../contracts/notification.js';
import type { RefusalBody } from '../contracts/refusal.js';
import type { Draining, Heartbeat } from '../contracts/socket.js';
import type { Handlers } from './handlers.js';
import { callWith, type Call } from './handlers.js';
import { isTokenRefusal, type Incoming } from './incoming.js';
import { Link } from './link.js';
import { MatchLog } from './match-log.js';
import { backoff, type Settings, type WatchOptions, type WatchState } from './options.js';
import { Subscription, type Host, type Kind, type SubscriptionOptions } from './subscription.js';
import { Timers } from './timers.js';

/** A connection that lived this long was a good one: the next failure starts the backoff from the beginning. */
const STABLE_MS = 5_000;

/** Notifications remembered, so that one which comes over two connections is told once. */
const NOTIFIED_MAX = 200;

export class Connections implements Host {
  readonly log: MatchLog;
  readonly #subscriptions = new Set<Subscription>();
  /** Connecting or open, newest first. */
  #links: Link[] = [];
  #opening = false;
  #everOpened = false;
  #failed = false;
  #closed = false;
  #attempt = 0;
  readonly #timers: Timers;
  /** Until the next connection is opened; null: none is due. */
  #due: unknown = null;
  #token: string | undefined;
  #refusedToken: string | null = null;
  #told: WatchState;
  readonly #notified = new Set<string>();
  readonly #call: Call;

  constructor(
    readonly settings: Settings,
    private readonly options: Pick<WatchOptions, 'token' | 'onState' | 'onError' | 'onNotification'>,
  ) {
    this.#timers = new Timers(settings.clock);
    this.#call = callWith(settings.onHandlerError);
    this.log = new MatchLog(settings, () => this.#token);
    this.#told = this.state;
    void this.#open();
  }

  get state(): WatchState {
    if (this.#closed) return 'offline';
    if (this.links.length === 0) return this.unconnected;
    const states = new Set([...this.#subscriptions].map((subscription) => subscription.state));
    return states.has('offline') ? 'offline' : states.has('catching-up') ? 'catching-up' : 'live';
  }

  get links(): readonly Link[] {
    return this.#links.filter((link) => link.state === 'open');
  }

  get unconnected(): WatchState {
    return this.#everOpened || this.#failed || this.#closed ? 'offline' : 'catching-up';
  }

  changed(): void {
    this.#retireOldLinks();
    for (const subscription of this.#subscriptions) subscription.tellState();
    const { state } = this;
    if (state === this.#told) return;
    this.#told = state;
    this.#call(() => this.options.onState?.(state));
  }

  subscribe(kind: Kind, id: string, handlers: Handlers, options: SubscriptionOptions): Subscription {
    const subscription = new Subscription(kind, id, handlers, this, options);
    if (this.#closed) subscription.close();
    else this.#subscriptions.add(subscription);
    for (const link of this.links) subscription.join(link);
    this.changed();
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    subscription.close();
    const { kind, id } = subscription;
    const shared = [...this.#subscriptions].some((other) => other.kind === kind && other.id === id);
    if (!shared) for (const link of this.links) link.tell(kind === 'match' ? 'leave_match' : 'leave_tournament', kind === 'match' ? { matchId: id } : { tournamentId: id });
    this.changed();
  }

  /**
   * Connects now instead of after the backoff's wait, also after a refused token; asks again for what was refused.
   * A connection that seems open has half the usual time to show that it is.
   */
  retry(): void {
    this.#refusedToken = null;
    this.#attempt = 0;
    if (this.#links.length === 0) void this.#open();
    for (const link of this.links) link.probe(this.settings.ackTimeoutMs / 2);
    const [newest] = this.links;
    if (newest) for (const subscription of this.#subscriptions) if (subscription.refusal) subscription.relink(newest);
    this.changed();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.cancelAll();
    for (const link of this.#links.splice(0)) link.close();
    for (const subscription of this.#subscriptions) subscription.close();
    this.changed();
    this.#subscriptions.clear();
  }

  // -- connections

  async #open(): Promise<void> {
    if (this.#closed || this.#opening) return;
    this.#opening = true;
    this.#cancelDue();
    const { token } = this.options;
    try {
      const current = typeof token === 'function' ? await token() : token;
      if (this.#wasClosed()) return;
      // A source of tokens is asked once more after a refusal; the same token again is not worth a connection.
      if (current !== undefined && current === this.#refusedToken) return;
      this.#token = current;
      const socket = this.settings.connect(this.settings.url, current);
      const link: Link = new Link(socket, this.settings.clock, this.settings, {
        opened: (opened) => {
          this.#opened(opened);
        },
        incoming: (from, incoming) => {
          this.#take(from, incoming);
        },
        ended: (ended, refusal) => {
          this.#ended(ended, refusal);
        },
      });
      this.#links.unshift(link);
    } catch (error) {
      this.settings.onHandlerError(error);
      this.#openLater();
    } finally {
      this.#opening = false;
    }
  }

  /** Apart, so that the compiler forgets what it knew before an `await`. */
  #wasClosed(): boolean {
    return this.#closed;
  }

  #openLater(): void {
    if (this.#closed || this.#due !== null) return;
    this.#openIn(backoff(this.#attempt++, this.settings.reconnectMaxMs, this.settings));
  }

  #cancelDue(): void {
    this.#timers.cancel(this.#due);
    this.#due = null;
  }

  #openIn(ms: number): void {
    this.#due = this.#timers.in(ms, () => {
      this.#due = null;
      void this.#open();
    });
  }

  #opened(link: Link): void {
    this.#everOpened = true;
    this.#timers.in(STABLE_MS, () => {
      if (link.state === 'open') this.#attempt = 0;
    });
    for (const subscription of this.#subscriptions) subscription.relink(link);
    this.changed();
  }

  #ended(link: Link, refusal: RefusalBody | null): void {
    this.#links = this.#links.filter((other) => other !== link);
    this.#failed = true;
    if (refusal && isTokenRefusal(refusal)) this.#refused(refusal);
    else if (this.#links.every((other) => other.draining)) {
      // It died before its slot came: no reason to wait for that any more.
      if (link.draining && this.#links.length === 0) this.#cancelDue();
      this.#openLater();
    }
    this.changed();
  }

  #refused(refusal: RefusalBody): void {
    this.#refusedToken = this.#token ?? '';
    this.#call(() => this.options.onError?.(refusal));
    if (typeof this.options.token === 'function') this.#openLater();
  }

  /** The server goes away: its successor is found while it still serves, in the slot it gave us. */
  #drain(link: Link, { reconnectInMs, deadlineMs }: Draining): void {
    if (link.draining) return;
    link.draining = true;
    if (this.#links.some((other) => !other.draining) || this.#due !== null) return;
    this.#openIn(Math.max(0, Math.min(reconnectInMs, deadlineMs)));
  }

  /** A connection is not needed any more once everything is joined on a newer one. */
  #retireOldLinks(): void {
    const newest = this.links.find((link) => !link.draining && [...this.#subscriptions].every((subscription) => subscription.answeredOn(link)));
    if (!newest) return;
    const keep = this.#links.indexOf(newest);
    for (const old of this.#links.splice(keep + 1)) old.close();
  }

  // -- what arrives

  #take(link: Link, incoming: Incoming): void {
    const subscriptions = [...this.#subscriptions];
    switch (incoming.kind) {
      case 'event':
        for (const subscription of subscriptions) subscription.take(incoming.event);
        break;
      case 'heartbeat':
        this.#hear(subscriptions, incoming.heartbeat);
        break;
      case 'viewers':
        for (const subscription of subscriptions) if (subscription.room === incoming.viewers.room) subscription.hearViewers(incoming.viewers.viewers);
        break;
      case 'leaderboard':
        for (const subscription of subscriptions) if (subscription.kind === 'tournament' && subscription.id === incoming.leaderboard.tournamentId) subscription.hearLeaderboard(incoming.leaderboard);
        break;
      case 'joined_match':
      case 'joined_tournament': {
        const { room } = incoming.joined;
        for (const subscription of subscriptions) if (subscription.room === room) subscription.takeJoined(incoming.joined);
        this.changed();
        break;
      }
      case 'eviction':
        for (const subscription of subscriptions) if (subscription.room === incoming.room) subscription.evict(link, incoming.refusal);
        this.changed();
        break;
      case 'draining':
        this.#drain(link, incoming.draining);
        break;
      case 'notification':
        this.#notify(incoming.notification);
    }
  }

  /** By name and not by the highest `seq`: what two instances send at once may arrive in either order. */
  #notify(notification: Notification): void {
    const name = `${notification.userId} ${String(notification.seq)}`;
    if (this.#notified.has(name)) return;
    this.#notified.add(name);
    const [oldest = name] = this.#notified;
    if (this.#notified.size > NOTIFIED_MAX) this.#notified.delete(oldest);
    this.#call(() => this.options.onNotification?.(notification));
  }

  /**
   * A digest does not name its room. A match in it that nobody follows is a new
   * one of the tournament whose other matches it names; failing that, of any: a
   * match that turns out to be another tournament's is let go again.
   */
  #hear(subscriptions: Subscription[], heartbeat: Heartbeat): void {
    const ids = Object.keys(heartbeat);
    const tournaments = subscriptions.filter((subscription) => subscription.kind === 'tournament' && subscription.feed.begun);
    const named = tournaments.filter((tournament) => ids.some((id) => tournament.feed.has(id)));
    for (const [id, seq] of Object.entries(heartbeat)) {
      if (typeof seq !== 'number') continue;
      const followers = subscriptions.filter((subscription) => subscription.feed.has(id));
      for (const follower of followers.length > 0 ? followers : named.length > 0 ? named : tournaments) follower.learn(id, seq);
    }
  }
}
