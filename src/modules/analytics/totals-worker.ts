/**
 * Folds what was written into the totals, on every instance, one of them at a time. Owns when; what a fold is stands in
 * queries/fold-totals.ts. Nobody waits for it: a read adds what is not folded yet, so a worker that is away makes reads
 * slower, never wrong. That is why its backlog is measured, and a transaction that holds it up is named in the log.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isOutage } from '../../platform/database/outage.js';
import { errorFields, LOGGER, type Logger } from '../../platform/logging/logger.js';
import { METRICS, type Metrics } from '../../platform/metrics/metrics.js';
import { TotalsRepository, type Folded } from './totals.repository.js';

/** Between two looks when there is nothing to do. */
const IDLE_MS = 200;
/** Between these the size of a batch follows the time a fold takes, wanted between a quarter of a second and one. */
const BATCH_MIN = 500;
const BATCH_MAX = 40_000;
const FOLD_MIN_MS = 250;
const FOLD_MAX_MS = 1_000;
const BACKLOG_EVERY_MS = 5_000;
const BACKLOG_COUNTED = 100_000;
/** A writing transaction this old is no match being posted any more: somebody forgot it. */
const PINNED_ALARM_SECONDS = 30;
/** Reads add this many rows in about 15 ms (docs/rankings.md). */
const BACKLOG_ALARM_ROWS = 20_000;

@Injectable()
export class TotalsWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly listeners = new Set<(folded: readonly Folded[]) => void>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private lookedAt = 0;
  private batch = 10_000;

  constructor(
    private readonly totals: TotalsRepository,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Told what a fold changed, whoever wrote it; returns how to stop. */
  listen(listener: (folded: readonly Folded[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onApplicationBootstrap(): void {
    this.next(IDLE_MS);
  }

  /** Finishes the fold it is in, and starts none. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private next(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.round();
    }, ms);
  }

  private async round(): Promise<void> {
    let more = false;
    try {
      more = await this.foldOnce();
      if (Date.now() - this.lookedAt >= BACKLOG_EVERY_MS) await this.look();
    } catch (error) {
      // PostgreSQL away is said by those who need it for an answer.
      if (!isOutage(error)) this.logger.error({ event: 'totals_fold_failed', ...errorFields(error) });
    }
    this.next(more ? 0 : IDLE_MS);
  }

  private async foldOnce(): Promise<boolean> {
    const stop = this.metrics.totalsFoldSeconds.startTimer();
    const done = await this.totals.fold(this.batch).catch((error: unknown) => {
      // Whatever it was, less at a time is easier.
      this.batch = Math.max(BATCH_MIN, this.batch / 4);
      throw error;
    });
    if (!done || (done.folded.length === 0 && !done.more)) return false;
    const ms = stop() * 1000;
    if (ms > FOLD_MAX_MS) this.batch = Math.max(BATCH_MIN, Math.floor(this.batch / 2));
    else if (ms < FOLD_MIN_MS && done.more) this.batch = Math.min(BATCH_MAX, this.batch * 2);
    this.metrics.totalsFolded.inc(done.folded.reduce((sum, { rows }) => sum + rows, 0));
    for (const listener of this.listeners) listener(done.folded);
    return done.more;
  }

  private async look(): Promise<void> {
    this.lookedAt = Date.now();
    const { rows, pid, seconds } = await this.totals.backlog(BACKLOG_COUNTED);
    const pinned = rows > 0 ? (seconds ?? 0) : 0;
    this.metrics.totalsBacklog.set(rows);
    this.metrics.totalsPinnedSeconds.set(pinned);
    if (pinned > PINNED_ALARM_SECONDS || rows > BACKLOG_ALARM_ROWS) {
      this.logger.warn({ event: 'totals_backlog', rows, pinnedByPid: pid, pinnedSeconds: Math.round(pinned), hint: 'rankings stay exact but slow down: end the transaction of that server process' });
    }
  }
}
