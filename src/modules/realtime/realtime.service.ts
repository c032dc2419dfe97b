/** Wires the realtime parts of one instance together and keeps their clocks. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { matchIn, matchRoom, tournamentIn, tournamentRoom, userIn } from '../../contracts/room.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { LOGGER, type Logger } from '../../platform/logging/logger.js';
import { METRICS, type Metrics } from '../../platform/metrics/metrics.js';
import { channelsOf } from '../../platform/redis/channels.js';
import { REDIS, withinMs, type RedisLinks } from '../../platform/redis/redis-links.js';
import { TournamentTables } from '../analytics/tournament-tables.js';
import { ApiKeys } from '../auth/api-keys.js';
import { CommittedEvents, type Committed } from '../matches/committed-events.js';
import { MatchesService } from '../matches/matches.service.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { TournamentsService } from '../tournaments/tournaments.service.js';
import { installCast } from './cast/cast-adapter.js';
import { SlowReaders } from './cast/slow-readers.js';
import { refuseUnreadAnswers } from './cast/unread.js';
import { Digests } from './digests.js';
import { drainSockets, refuseNewcomers } from './drain.js';
import { Fanout } from './fanout.js';
import { FeedRepository } from './feed.repository.js';
import { Joins } from './joins.js';
import { endLapsed } from './lapsed.js';
import { MatchFeeds } from './match-feeds.js';
import { OccupiedRooms } from './occupied-rooms.js';
import { Presence, type Counts } from './presence.js';
import { PrivateTournaments } from './private-tournaments.js';
import { RefusedHandshakes } from './refused-handshakes.js';
import { every, outcomes } from './repeat.js';
import { resync } from './resync.js';
import { AccessRepository } from './access.repository.js';
import { Topics } from './topics.js';
import type { TournamentNamespace, TournamentSocket } from './tournament-socket.js';
import { ViewerCounts } from './viewer-counts.js';
import { WatchedRooms } from './watched-rooms.js';

const LOOK_MS = 250;
/** How long an end waits for Redis to take this instance out of the counts; they forget it by themselves. */
const WITHDRAW_MS = 500;

@Injectable()
export class RealtimeService implements OnApplicationShutdown {
  private readonly startedAt: string;
  private readonly topics: Topics;
  readonly presence: Presence;
  readonly refusedHandshakes: RefusedHandshakes;
  private namespace: TournamentNamespace | undefined;
  private fanout: Fanout | undefined;
  private feeds: MatchFeeds | undefined;
  private watched: WatchedRooms | undefined;
  private joinsOf: Joins | undefined;
  private privateTournaments: PrivateTournaments | undefined;
  private isDraining = false;
  private readonly occupied = new OccupiedRooms();
  private readonly viewerCounts = new ViewerCounts();
  private readonly digests: Digests;
  private readonly stops: (() => void)[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(REDIS) private readonly redis: RedisLinks | null,
    private readonly feedRepository: FeedRepository,
    private readonly standings: AccessRepository,
    private readonly committed: CommittedEvents,
    private readonly matches: MatchesService,
    private readonly tournaments: TournamentsService,
    private readonly notifications: NotificationsService,
    private readonly tables: TournamentTables,
    private readonly apiKeys: ApiKeys,
  ) {
    this.startedAt = clock.now().toISOString();
    this.digests = new Digests({ heartbeatMs: config.HEARTBEAT_MS, now: this.elapsed });
    this.topics = new Topics({
      instanceId: config.INSTANCE_ID,
      channels: redis && channelsOf(redis),
      reconnect: async () => redis?.reconnectSubscriber(),
      logger,
      metrics,
      now: this.elapsed,
    });
    this.refusedHandshakes = new RefusedHandshakes({ logger, metrics, now: this.elapsed });
    this.presence = new Presence({ redis, own: () => this.counts(), now: this.now, elapsed: this.elapsed });
  }

  private readonly now = (): number => this.clock.now().getTime();
  /** For how long something took: the time of day may be set back meanwhile. */
  private readonly elapsed = (): number => Math.round(performance.now());

  get joins(): Joins {
    if (!this.joinsOf) throw new Error('the namespace is not attached yet');
    return this.joinsOf;
  }

  /** Called once, when the namespace exists. */
  attach(namespace: TournamentNamespace): void {
    const { config, logger, metrics } = this;
    this.occupied.follow(namespace.adapter);
    const slow = new SlowReaders({
      budget: config.SLOW_READER_BUDGET_BYTES,
      closeAfterMs: config.SLOW_READER_CLOSE_MS,
      resync: (outlet, missed) => {
        cast.catchUp(outlet);
        resync(outlet.socket, missed, feeds, config.CATCH_UP_MAX);
      },
      logger,
      metrics,
      now: this.elapsed,
    });
    const cast = installCast(namespace, { lean: config.LEAN_BROADCAST, shardSize: config.ROOM_SHARD_SIZE, casts: (room) => userIn(room) === undefined, slow, logger });
    const fanout = new Fanout(namespace, cast);
    const feeds: MatchFeeds = new MatchFeeds({
      repository: this.feedRepository,
      send: (event) => {
        fanout.event(event);
        this.digests.moved(event.matchId);
      },
      // Who comes back with a cursor that lies ahead is told so, and starts over.
      wentBack: (rooms) => {
        metrics.socketsEnded.inc({ why: 'went_back' }, fanout.end(rooms));
      },
      keep: config.CATCH_UP_MAX,
      logger,
      metrics,
      now: this.now,
    });
    const watched = new WatchedRooms(this.topics, (room) => fanout.isOccupied(room), this.elapsed);
    const privateTournaments = new PrivateTournaments({
      namespace,
      channels: this.redis && channelsOf(this.redis),
      feeds,
      privateAmong: (ids) => this.feedRepository.privateAmong(ids),
      standings: (asked) => this.standings.of(asked),
      onHidden: () => this.presence.republish(),
      logger,
      metrics,
    });
    this.namespace = namespace;
    this.privateTournaments = privateTournaments;
    this.fanout = fanout;
    this.feeds = feeds;
    this.watched = watched;
    this.joinsOf = new Joins({
      topics: this.topics,
      feeds,
      refuseUnseen: { match: (asker, id) => this.matches.seen(asker, id), tournament: (asker, id) => this.tournaments.seen(asker, id) },
      becamePrivate: () => privateTournaments.becamePrivate,
      refuseUnread: (socket) => {
        refuseUnreadAnswers(socket, config.SLOW_READER_BUDGET_BYTES);
      },
      catchUpMax: config.CATCH_UP_MAX,
      hold: (room) => watched.hold(room),
      onJoined: (room, visibility) => {
        privateTournaments.joined(room, visibility);
        metrics.joins.inc({ kind: matchIn(room) === undefined ? 'tournament' : 'match' });
      },
    });
    this.topics.onEvent((event) => {
      feeds.accept(event, 'redis');
    });
    this.topics.start();
    const outcomeOf = outcomes(logger, this.elapsed);
    this.stops.push(
      () => {
        this.topics.stop();
      },
      privateTournaments.start(),
      this.committed.listen((committed) => {
        this.onCommitted(committed);
      }),
      this.tournaments.listen((changed) => {
        privateTournaments.changed(changed);
      }),
      this.tables.listen((update) => {
        fanout.leaderboard(update);
      }),
      this.notifications.listen((notification) => {
        fanout.notification(notification);
      }),
      every(config.LOG_TAIL_MS, () => this.tail(), outcomeOf('log_tail')),
      every(config.PRESENCE_MS, () => this.countPresence(), outcomeOf('presence')),
      every(config.HEARTBEAT_MS, () => this.heartbeat(), outcomeOf('heartbeat')),
      // Each for itself: neither waits while PostgreSQL leaves the other without an answer.
      every(config.HEARTBEAT_MS, () => this.endLapsed(namespace), outcomeOf('lapsed_look')),
      every(config.HEARTBEAT_MS, () => privateTournaments.look(), outcomeOf('eviction')),
      every(config.HEARTBEAT_MS, async () => slow.endUnread(namespace.sockets.values() as Iterable<TournamentSocket>), outcomeOf('look')),
      every(
        LOOK_MS,
        async () => {
          slow.look();
          metrics.slowReaders.set(slow.size);
          this.refusedHandshakes.say();
        },
        outcomeOf('look'),
      ),
    );
  }

  private counts(): Counts {
    const rooms: Record<string, number> = {};
    const hidden: Record<string, number> = {};
    for (const [room, sockets] of this.occupied.watched()) (this.privateTournaments?.hides(room) === false ? rooms : hidden)[room] = sockets;
    const connections = this.fanout?.connections ?? 0;
    return { report: { instanceId: this.config.INSTANCE_ID, startedAt: this.startedAt, at: this.now(), connections, redis: this.topics.health, rooms, hidden, users: this.occupied.users }, userRooms: this.occupied };
  }

  /** True once this instance has begun to move its sockets elsewhere. */
  get draining(): boolean {
    return this.isDraining;
  }

  /** From now on not ready and closed to new sockets; resolves when those there are have gone. */
  async drain(withinMs: number): Promise<void> {
    this.isDraining = true;
    if (!this.namespace) return;
    refuseNewcomers(this.namespace);
    const begun = this.elapsed();
    const result = await drainSockets({ namespace: this.namespace, withinMs, now: this.elapsed, left: (why) => this.metrics.socketsEnded.inc({ why }) });
    this.logger.info({ event: 'drained', ...result, ms: this.elapsed() - begun });
  }

  get redisHealth(): 'ok' | 'away' | 'none' {
    return this.topics.health;
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    await withinMs(this.presence.withdraw(), WITHDRAW_MS);
  }

  /** Local sockets first, the other instances in the same breath; neither makes the post wait. */
  private onCommitted({ event }: Committed): void {
    this.feeds?.accept(event, 'local');
    this.topics.publish(event);
    this.logger.info({
      event: event.type, matchId: event.matchId, tournamentId: event.tournamentId, seq: event.seq,
      rooms: [matchRoom(event.matchId), tournamentRoom(event.tournamentId)],
      ...('homeScore' in event ? { homeScore: event.homeScore, awayScore: event.awayScore } : {}),
    });
  }

  private async tail(): Promise<void> {
    const stop = this.metrics.logTailSeconds.startTimer();
    try {
      await this.feeds?.tail();
    } finally {
      stop();
    }
  }

  private async countPresence(): Promise<void> {
    const { fanout } = this;
    if (!fanout) return;
    const counts = this.counts();
    const { report } = counts;
    const watched = new Map(Object.entries({ ...report.rooms, ...report.hidden }));
    this.metrics.connections.set(report.connections);
    this.metrics.rooms.set(watched.size + report.users);
    await this.presence.publish(counts);
    const viewers = await this.presence.viewers([...watched.keys()], report);
    // A wrong number is worse than an old one.
    if (!viewers) return;
    for (const due of this.viewerCounts.due(viewers, watched, this.elapsed())) fanout.viewers(due);
  }

  /** Tells every room where its matches stand, so that a client that lost the last event learns it in silence. */
  private async heartbeat(): Promise<void> {
    const { digests, fanout, feeds, watched } = this;
    if (!fanout || !feeds || !watched) return;
    const kept = watched.tidy();
    const matchIds = new Set([...kept].flatMap((room) => matchIn(room) ?? []));
    const tournamentIds = new Set([...kept].flatMap((room) => tournamentIn(room) ?? []));
    feeds.retain(matchIds, tournamentIds);
    digests.tidy(tournamentIds);
    this.metrics.feeds.set(feeds.size);
    this.metrics.watchedRooms.set({ state: 'wanted' }, kept.size);
    this.metrics.watchedRooms.set({ state: 'heard' }, [...kept].filter((room) => this.topics.hears(room)).length);
    for (const id of matchIds) {
      const feed = feeds.get(id);
      if (feed && !digests.isFresh(id)) fanout.heartbeat(matchRoom(id), tournamentRoom(feed.tournamentId), () => ({ [id]: feed.seq }));
    }
    for (const id of tournamentIds) fanout.heartbeat(tournamentRoom(id), tournamentRoom(id), () => digests.next(id, feeds.ofTournament(id)));
    await Promise.resolve();
  }

  /** Ends the sockets of whoever's token has expired or whose key was revoked. */
  private async endLapsed(namespace: TournamentNamespace): Promise<void> {
    const lapsed = await endLapsed(namespace, { revokedAmong: (ids) => this.apiKeys.revokedAmong(ids), now: this.now() });
    this.metrics.socketsEnded.inc({ why: 'lapsed' }, lapsed);
    if (lapsed > 0) this.logger.info({ event: 'lapsed', sockets: lapsed });
  }
}
