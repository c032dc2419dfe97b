/**
 * Sockets that do not read. Each may have a budget of bytes waiting for it in
 * this process; beyond, it is taken out of the stream, so that it costs itself
 * alone. When it has read what waits, it is told where its matches stand, with
 * what it missed; when it does not in time, its connection is ended.
 */
import type { Logger } from '../../../platform/logging/logger.js';
import type { Metrics } from '../../../platform/metrics/metrics.js';
import type { CastTask } from './frame.js';
import type { Outlet } from './outlet.js';
import type { TournamentSocket } from '../tournament-socket.js';
import { endUnread } from './unread.js';

export interface SlowReadersOptions {
  /** Bytes. */
  budget: number;
  /** Milliseconds out of the stream after which the connection is ended. */
  closeAfterMs: number;
  /** Tells a socket where its matches stand; `missed`: by match, the last `seq` it was sent. */
  resync: (outlet: Outlet, missed: ReadonlyMap<string, number>) => void;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
}

export class SlowReaders {
  private readonly behind = new Set<Outlet>();

  constructor(private readonly options: SlowReadersOptions) {}

  get size(): number {
    return this.behind.size;
  }

  /** True when the socket is out of the stream and these are not for it now. */
  holds(outlet: Outlet, tasks: readonly CastTask[]): boolean {
    if (outlet.behind === null) {
      if (outlet.queued <= this.options.budget) return false;
      outlet.behind = new Map();
      outlet.behindSince = this.options.now();
      this.behind.add(outlet);
      this.options.metrics.resyncs.inc();
      this.options.logger.debug({ event: 'slow_reader', queuedBytes: outlet.queued });
    }
    for (const { matchId, seq } of tasks) if (matchId !== undefined && seq !== undefined && !outlet.behind.has(matchId)) outlet.behind.set(matchId, seq - 1);
    return true;
  }

  /** Ends those for whom too much waits that did not take the cast, such as a user's notifications. To be called every few seconds, with all sockets. */
  endUnread(sockets: Iterable<TournamentSocket>): void {
    const { budget, logger, metrics } = this.options;
    for (const socket of sockets) {
      if (!endUnread(socket, budget)) continue;
      logger.info({ event: 'unread_closed' });
      metrics.socketsEnded.inc({ why: 'slow' });
    }
  }

  /** To be called a few times a second. */
  look(): void {
    const { now, closeAfterMs, resync, logger } = this.options;
    for (const outlet of this.behind) {
      if (!outlet.socket.connected) this.behind.delete(outlet);
      else if (outlet.queued === 0) {
        this.behind.delete(outlet);
        // Still out of the stream, so that what waits in a lane can be added: see `RoomCast.catchUp`.
        try {
          resync(outlet, outlet.behind ?? new Map<string, number>());
        } finally {
          outlet.behind = null;
        }
      } else if (now() - outlet.behindSince > closeAfterMs) {
        logger.info({ event: 'slow_reader_closed', queuedBytes: outlet.queued, behindMs: now() - outlet.behindSince });
        this.behind.delete(outlet);
        this.options.metrics.socketsEnded.inc({ why: 'slow' });
        outlet.end();
      }
    }
  }
}
