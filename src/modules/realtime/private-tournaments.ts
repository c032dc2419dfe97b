/**
 * Which tournaments watched here are private. Their rooms are counted and not
 * named, and whoever may not see them is shown out. One that becomes private is
 * so on every instance at once, by Redis; the look every few seconds finds what
 * Redis did not carry, and who lost their place in one.
 */
import { matchIn, matchRoom, tournamentIn, tournamentRoom } from '../../contracts/room.js';
import { errorFields, type Logger } from '../../platform/logging/logger.js';
import type { Metrics } from '../../platform/metrics/metrics.js';
import { subscribeForGood, type Channels } from '../../platform/redis/channels.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { evictUnseen, type EvictionOptions } from './evictions.js';
import type { MatchFeeds } from './match-feeds.js';

export interface PrivateTournamentsOptions extends EvictionOptions {
  /** null: one instance alone, without Redis. */
  channels: Channels | null;
  feeds: MatchFeeds;
  privateAmong: (ids: readonly string[]) => Promise<string[]>;
  /** Told when names are to be hidden from now on. */
  onHidden: () => Promise<void>;
  logger: Logger;
  metrics: Metrics;
}

export class PrivateTournaments {
  private readonly ids = new Set<string>();
  private hidden = 0;

  constructor(private readonly options: PrivateTournamentsOptions) {}

  /** Returns how to stop. */
  start(): () => void {
    const { channels } = this.options;
    if (!channels) return () => undefined;
    return subscribeForGood(channels, redisKeys.privateChannel, (id) => {
      this.hide(id);
    });
  }

  /** A tournament was changed through this instance. */
  changed({ id, visibility }: { id: string; visibility: string }): void {
    if (visibility === 'public') return;
    this.hide(id);
    this.options.channels?.publish(redisKeys.privateChannel, id).catch(() => undefined);
  }

  /** How often one became private, as far as this instance was told: who is about to enter one looks again when that moved. */
  get becamePrivate(): number {
    return this.hidden;
  }

  joined(room: string, visibility: string): void {
    const id = this.tournamentOf(room);
    if (visibility !== 'public' && id !== undefined) this.ids.add(id);
  }

  /** Whether a room's name is for admins alone; one of which nothing is known is. */
  hides(room: string): boolean {
    const id = this.tournamentOf(room);
    return id === undefined || this.ids.has(id);
  }

  /** Asks for all at once which are private now. */
  async look(): Promise<void> {
    const { feeds, privateAmong } = this.options;
    const known = [...this.ids];
    const watched = feeds.tournamentIds();
    const found = new Set(watched.size > 0 ? await privateAmong([...watched]) : []);
    // Those that became private meanwhile are not among `known`.
    for (const id of known) if (!found.has(id)) this.ids.delete(id);
    for (const id of found) this.ids.add(id);
    await this.evict([...found]);
  }

  private hide(id: string): void {
    const { onHidden, logger } = this.options;
    this.ids.add(id);
    this.hidden += 1;
    Promise.all([onHidden(), this.evict([id])]).catch((error: unknown) => {
      logger.warn({ event: 'eviction_failed', tournamentId: id, ...errorFields(error) });
    });
  }

  private async evict(ids: readonly string[]): Promise<void> {
    const { feeds, logger, metrics } = this.options;
    const rooms = new Map(ids.map((id) => [id, [tournamentRoom(id), ...feeds.matchIdsOf(id).map(matchRoom)]]));
    for (const [tournamentId, sockets] of await evictUnseen(rooms, this.options)) {
      metrics.evictions.inc(sockets);
      logger.info({ event: 'evicted', tournamentId, sockets });
    }
  }

  private tournamentOf(room: string): string | undefined {
    const match = matchIn(room);
    return match === undefined ? tournamentIn(room) : this.options.feeds.get(match)?.tournamentId;
  }
}
