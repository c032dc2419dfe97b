/**
 * What this instance hears: one Redis channel for every room that has sockets
 * here. Subscriptions are confirmed before they are relied on; while Redis is
 * away they are not, and the log tail covers for them. Deafness, a subscriber
 * that looks connected and hears nothing, is found by speaking to oneself;
 * whoever hears anybody else is not deaf, though its own words wait behind them.
 */
import type { MatchEvent } from '../../contracts/event.js';
import { matchRoom, tournamentRoom } from '../../contracts/room.js';
import { errorFields, type Logger } from '../../platform/logging/logger.js';
import type { Metrics } from '../../platform/metrics/metrics.js';
import { subscribeForGood, type Channels } from '../../platform/redis/channels.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { withinMs } from '../../platform/redis/redis-links.js';

/** How long a join waits for Redis to confirm; the log tail finds what a late subscription missed. */
const CONFIRM_MS = 500;
/** Publishes that Redis has not answered yet; beyond, it is taken as away and not asked. */
const UNANSWERED_MAX = 1_000;
const ECHO_MS = 1_000;
/** Without an echo for this long the instance is deaf. */
const DEAF_MS = 3_000;

export interface TopicsOptions {
  instanceId: string;
  /** null: one instance alone, without Redis. */
  channels: Channels | null;
  /** Drops the listening connection, which reconnects and subscribes anew. */
  reconnect: () => Promise<void>;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
}

export class Topics {
  /** Rooms to be heard, subscribed to or not. */
  private readonly wanted = new Set<string>();
  /** Those whose subscription Redis has confirmed. */
  private readonly heard = new Set<string>();
  private readonly confirmed = new Map<string, Promise<void>>();
  /** Channels whose leaving Redis has not confirmed; settles either way. */
  private readonly leaving = new Map<string, Promise<void>>();
  private readonly listeners = new Set<(event: MatchEvent) => void>();
  private unanswered = 0;
  private heardAt = 0;
  /** Whether a room was heard since the last look. */
  private heardRoom = false;
  private triedAt = 0;
  /** Since when nothing was heard, once that was said. */
  private deafSince: number | undefined;
  private reconnectFailed = false;
  private echoTimer: NodeJS.Timeout | undefined;
  private stopAsking: () => void = () => undefined;
  private stopped = false;

  constructor(private readonly options: TopicsOptions) {}

  start(): void {
    const { channels, instanceId, logger, now } = this.options;
    if (!channels) return;
    this.heardAt = now();
    const channel = redisKeys.echoChannel(instanceId);
    this.stopAsking = subscribeForGood(
      channels,
      channel,
      () => {
        this.heardAt = now();
      },
      (error) => {
        logger.warn({ event: 'subscribe_failed', channel, ...errorFields(error) });
      },
    );
    this.echoTimer = setInterval(() => {
      channels.publish(channel, 'echo').catch(() => undefined);
      this.checkHearing();
    }, ECHO_MS);
  }

  /** What is asked of Redis now comes to nothing, and nobody misses it. */
  stop(): void {
    this.stopped = true;
    this.stopAsking();
    clearInterval(this.echoTimer);
  }

  /** `none`: there is no Redis; `away`: nothing comes back from it. */
  get health(): 'ok' | 'away' | 'none' {
    if (!this.options.channels) return 'none';
    return this.options.now() - this.heardAt < DEAF_MS ? 'ok' : 'away';
  }

  onEvent(listener: (event: MatchEvent) => void): void {
    this.listeners.add(listener);
  }

  /** Tells the other instances. Never throws, never waits: who does not hear it finds it in the log. */
  publish(event: MatchEvent): void {
    const { channels, metrics } = this.options;
    if (!channels) return;
    const message = JSON.stringify(event);
    for (const room of [matchRoom(event.matchId), tournamentRoom(event.tournamentId)]) {
      if (this.unanswered >= UNANSWERED_MAX) {
        metrics.publishFailures.inc();
        continue;
      }
      this.unanswered += 1;
      channels
        .publish(redisKeys.roomChannel(room), message)
        .catch(() => {
          metrics.publishFailures.inc();
        })
        .finally(() => {
          this.unanswered -= 1;
        });
    }
  }

  /** Whether there is nothing to wait for: the common case, on the way of every join. */
  hears(room: string): boolean {
    return this.heard.has(room) || !this.options.channels;
  }

  /** Resolves when this instance hears the room, or when Redis has had its chance to confirm. */
  async hear(room: string): Promise<void> {
    if (this.hears(room)) return;
    this.wanted.add(room);
    if ((await withinMs(this.subscribe(room), CONFIRM_MS)) && this.wanted.has(room)) this.heard.add(room);
  }

  private subscribe(room: string): Promise<void> {
    return this.confirm(redisKeys.roomChannel(room), this.onMessage);
  }

  /** One for all channels: a channel that is subscribed to again has it once. */
  private readonly onMessage = (message: string): void => {
    this.heardRoom = true;
    // Our own instances write these; whoever can write to Redis is trusted.
    const event = JSON.parse(message) as MatchEvent;
    for (const listener of this.listeners) listener(event);
  };

  forget(room: string): void {
    const { channels } = this.options;
    this.wanted.delete(room);
    this.heard.delete(room);
    const channel = redisKeys.roomChannel(room);
    const confirmed = this.confirmed.get(channel);
    if (!channels || !confirmed) return;
    this.confirmed.delete(channel);
    const left = confirmed
      .then(() => channels.unsubscribe(channel))
      .catch(() => undefined)
      .then(() => {
        if (this.leaving.get(channel) === left) this.leaving.delete(channel);
      });
    this.leaving.set(channel, left);
  }

  private confirm(channel: string, listener: (message: string) => void): Promise<void> {
    const { channels, logger } = this.options;
    if (!channels) return Promise.resolve();
    let pending = this.confirmed.get(channel);
    if (!pending) {
      // node-redis would take a channel that it is leaving for held, and drop it with the answer (test/user-channels.test.ts).
      const left = this.leaving.get(channel);
      const asked = left ? left.then(() => channels.subscribe(channel, listener)) : channels.subscribe(channel, listener);
      pending = asked;
      this.confirmed.set(channel, asked);
      asked.catch((error: unknown) => {
        if (this.confirmed.get(channel) === asked) this.confirmed.delete(channel);
        if (!this.stopped) logger.warn({ event: 'subscribe_failed', channel, ...errorFields(error) });
      });
    }
    return pending;
  }

  private checkHearing(): void {
    const { metrics, logger, reconnect, now } = this.options;
    // With more events than a core carries, the echo waits behind them: to reconnect then would lose them, and be no faster.
    if (this.heardRoom) this.heardAt = now();
    this.heardRoom = false;
    const ok = this.health === 'ok';
    metrics.redisUp.set(ok ? 1 : 0);
    if (ok) {
      if (this.deafSince !== undefined) logger.info({ event: 'redis_heard', afterMs: now() - this.deafSince });
      this.deafSince = undefined;
      this.reconnectFailed = false;
      // What Redis refused while it was not itself is asked for again.
      for (const room of this.wanted) if (!this.confirmed.has(redisKeys.roomChannel(room))) this.subscribe(room).catch(() => undefined);
      return;
    }
    // A try gets as long as deafness took to notice: one that takes longer must not be cut off by the next.
    if (now() - this.triedAt < DEAF_MS) return;
    this.triedAt = now();
    // Once, however many tries it takes: an outage of an hour is one event.
    if (this.deafSince === undefined) logger.warn({ event: 'redis_deaf', silentMs: now() - this.heardAt });
    this.deafSince ??= this.heardAt;
    reconnect().catch((error: unknown) => {
      if (!this.stopped && !this.reconnectFailed) logger.warn({ event: 'redis_reconnect_failed', ...errorFields(error) });
      this.reconnectFailed = true;
    });
  }
}
