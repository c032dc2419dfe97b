/** Every metric's name, unit and help, in one place. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const METRICS = Symbol('metrics');

export function createMetrics(instanceId: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ instance_id: instanceId });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const registers = [registry];
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'grandstand_http_request_seconds', help: 'Time to answer a request, by route and status', labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], registers,
    }),
    databaseUp: new Gauge({ name: 'grandstand_database_up', help: '1 while PostgreSQL answers, asked at each scrape', registers }),
    databasePool: new Gauge({ name: 'grandstand_database_connections', help: 'Connections of the pool, by state; `waiting` are requests that wait for one', labelNames: ['state'], registers }),
    connections: new Gauge({ name: 'grandstand_websocket_connections', help: 'Open sockets on this instance', registers }),
    rooms: new Gauge({ name: 'grandstand_websocket_rooms', help: 'Rooms with a socket on this instance', registers }),
    events: new Counter({ name: 'grandstand_match_events_total', help: 'Match events sent to local sockets, by type and by how they were learnt', labelNames: ['type', 'source'], registers }),
    deliverySeconds: new Histogram({
      name: 'grandstand_event_delivery_seconds', help: 'From the event\'s commit to its hand-over to local sockets', buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5], registers,
    }),
    gaps: new Counter({ name: 'grandstand_feed_gaps_total', help: 'Gaps a match feed filled from the log', registers }),
    snapshotReads: new Counter({ name: 'grandstand_snapshot_reads_total', help: 'Reads of PostgreSQL that answered joins', registers }),
    joins: new Counter({ name: 'grandstand_joins_total', help: 'Answered joins, by room kind', labelNames: ['kind'], registers }),
    refusals: new Counter({ name: 'grandstand_refusals_total', help: 'Refusals, by code and wire', labelNames: ['code', 'wire'], registers }),
    redisUp: new Gauge({ name: 'grandstand_redis_up', help: '1 while a ping through Redis pub/sub comes back', registers }),
    publishFailures: new Counter({ name: 'grandstand_publish_failures_total', help: 'Events Redis did not take; spectators had them from the log', registers }),
    resyncs: new Counter({ name: 'grandstand_slow_reader_resyncs_total', help: 'Sockets taken out of the stream for reading too slowly', registers }),
    slowReaders: new Gauge({ name: 'grandstand_slow_readers', help: 'Sockets that are out of the stream now', registers }),
    feeds: new Gauge({ name: 'grandstand_match_feeds', help: 'Matches whose events are followed for sockets here', registers }),
    watchedRooms: new Gauge({ name: 'grandstand_watched_rooms', help: 'Rooms this instance wants to hear (`wanted`), and those of them that Redis has confirmed (`heard`); the others are served from the log', labelNames: ['state'], registers }),
    evictions: new Counter({ name: 'grandstand_evictions_total', help: 'Sockets shown out of a room of a tournament that is not theirs to see any more', registers }),
    socketsEnded: new Counter({
      name: 'grandstand_sockets_ended_total', help: 'Sockets whose time here ended: by an expired token or revoked key (`lapsed`), because they did not read (`slow`), because they were sent what a database that went back does not have (`went_back`), in a drain by themselves (`moved`) or by us (`drained`)',
      labelNames: ['why'], registers,
    }),
    totalsBacklog: new Gauge({ name: 'grandstand_totals_backlog_rows', help: 'Lines and changes that reads add to the totals because they are not folded in yet; counted up to 100000', registers }),
    longestTransaction: new Gauge({ name: 'grandstand_database_longest_transaction_seconds', help: 'How long the oldest transaction has been open that keeps PostgreSQL from clearing away old rows', registers }),
    totalsFolded: new Counter({ name: 'grandstand_totals_folded_rows_total', help: 'Lines and changes this instance has folded into the totals', registers }),
    totalsFoldSeconds: new Histogram({ name: 'grandstand_totals_fold_seconds', help: 'One fold', buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5], registers }),
    rankingCache: new Counter({ name: 'grandstand_ranking_cache_total', help: 'Cached rankings asked for, by how they were answered', labelNames: ['result'], registers }),
    logTailSeconds: new Histogram({ name: 'grandstand_log_tail_seconds', help: 'One look at the match log for what was not heard, also one that failed', buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10], registers }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
