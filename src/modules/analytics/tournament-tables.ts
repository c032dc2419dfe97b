/**
 * A tournament's top table while it is played: at most once a second, only when it changed, computed once for the fleet.
 * Owns when and what; whoever listens (`realtime`) sends it to the tournament's room. Each instance tells its listeners
 * of every table, whichever instance computed it.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LeaderboardUpdate } from '../../contracts/analytics.js';
import { Game, gameNamed } from '../../contracts/games/index.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { isOutage } from '../../platform/database/outage.js';
import { errorFields, LOGGER, type Logger } from '../../platform/logging/logger.js';
import { channelsOf, subscribeForGood, type Channels } from '../../platform/redis/channels.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { REDIS, type RedisLinks } from '../../platform/redis/redis-links.js';
import { CommittedEvents } from '../matches/committed-events.js';
import { AnalyticsRepository } from './analytics.repository.js';

const EVERY_MS = 1_000;
const SHOWN = 10;
/** A table nobody has changed for so long is computed as if for the first time. */
const KEPT_S = 3_600;

@Injectable()
export class TournamentTables implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly listeners = new Set<(update: LeaderboardUpdate) => void>();
  private readonly due = new Map<string, NodeJS.Timeout>();
  /** Without Redis: when a table was computed last, and what it said. */
  private readonly alone = new Map<string, { at: number; hash: string }>();
  private readonly channels: Channels | null;
  private stop: () => void = () => undefined;
  private stopAsking: () => void = () => undefined;

  constructor(
    @Inject(REDIS) private readonly redis: RedisLinks | null,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly analytics: AnalyticsRepository,
    private readonly committed: CommittedEvents,
  ) {
    this.channels = redis && channelsOf(redis);
  }

  /** Told of each new table; returns how to stop. */
  listen(listener: (update: LeaderboardUpdate) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onApplicationBootstrap(): void {
    this.stop = this.committed.listen(({ event }) => {
      if (event.type === 'stats_update' || event.type === 'match_cancelled') this.schedule(event.tournamentId, 0);
    });
    if (!this.channels) return;
    // Until Redis lets it, tables are this instance's own.
    this.stopAsking = subscribeForGood(this.channels, redisKeys.tablesChannel, (message) => {
      this.tell(LeaderboardUpdate.parse(JSON.parse(message)));
    });
  }

  onApplicationShutdown(): void {
    this.stop();
    this.stopAsking();
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
  }

  /** One run is due at a time; what happens until then is in it. */
  private schedule(id: string, ms: number): void {
    if (this.due.has(id)) return;
    this.due.set(
      id,
      setTimeout(() => {
        this.due.delete(id);
        this.run(id).catch((error: unknown) => {
          if (!isOutage(error)) this.logger.warn({ event: 'tournament_table_failed', tournamentId: id, ...errorFields(error) });
        });
      }, ms),
    );
  }

  private async run(id: string): Promise<void> {
    const wait = await this.waitForTurn(id);
    if (wait > 0) {
      this.schedule(id, wait);
      return;
    }
    const table = await this.analytics.tournamentTable(id, (game) => gameNamed(Game.parse(game)).numericStats[0] ?? '', SHOWN);
    if (!table) return;
    const hash = createHash('sha256').update(JSON.stringify(table)).digest('base64url');
    if (!(await this.isNew(id, hash))) return;
    const now = this.clock.now();
    const update: LeaderboardUpdate = { tournamentId: id, at: now.toISOString(), version: now.getTime(), ...table };
    // What Redis took comes back to us as to everybody; without it our own listeners are told.
    const published = await this.channels?.publish(redisKeys.tablesChannel, JSON.stringify(update)).then(() => true, () => false);
    if (published !== true) this.tell(update);
  }

  /** Milliseconds until this tournament may be computed again, by anybody; 0: now, by us. */
  private async waitForTurn(id: string): Promise<number> {
    const key = redisKeys.tableTurn(id);
    const taken = await this.redis?.commands.set(key, '1', { condition: 'NX', expiration: { type: 'PX', value: EVERY_MS } }).catch(() => undefined);
    if (taken === 'OK') return 0;
    if (taken === null) return EVERY_MS;
    return Math.max(0, (this.alone.get(id)?.at ?? 0) + EVERY_MS - this.clock.now().getTime());
  }

  private async isNew(id: string, hash: string): Promise<boolean> {
    const key = redisKeys.tableHash(id);
    const before = await this.redis?.commands.set(key, hash, { GET: true, expiration: { type: 'EX', value: KEPT_S } }).catch(() => undefined);
    const own = this.alone.get(id)?.hash;
    this.alone.set(id, { at: this.clock.now().getTime(), hash });
    return (before === undefined ? own : before) !== hash;
  }

  private tell(update: LeaderboardUpdate): void {
    for (const listener of this.listeners) listener(update);
  }
}
