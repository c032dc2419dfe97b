/**
 * Folds what was written into the totals, on every instance, one of them at a time. Owns when; what a fold is stands in
 * queries/fold-totals.ts. Nobody waits for it: a read adds what is not folded yet, so a worker that is away makes reads
 * slower, never wrong. That is why its backlog is measured. Where nobody journals what changes (a distributed database), it
 * says so and folds nothing (test/distribute.test.ts).
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { isOutage } from '../../platform/database/outage.js';
import { errorFields, LOGGER, type Logger } from '../../platform/logging/logger.js';
import { METRICS, type Metrics } from '../../platform/metrics/metrics.js';
import { FOLD_SIZE, type Folded } from './queries/fold-totals.js';
import { TotalsRepository } from './totals.repository.js';

/**
 * A fold that left nothing is followed by a rest of so many times what it took: where lines come one by one they are in the
 * totals before the next ones, for a fifth of a core. Where they come by the thousand half a core is well spent, since what
 * is not folded makes each ranking slower.
 */
const REST_TIMES = 4;
const REST_TIMES_GATHERING = 1;
const REST_MIN_MS = 10;
const REST_MAX_MS = 100;
/** So long after its last fold an instance looks that often; the others look now and then whether it still does, and after a longer silence one of them takes over. */
const AWAKE_MS = 1_000;
const IDLE_MS = 200;
const ELSEWHERE_MS = 300;
/** Less than a batch at a time only after a fold that failed. */
const BATCH_MIN = 1_000;
const LOOK_EVERY_MS = 5_000;
const BACKLOG_COUNTED = 100_000;
/** Adding 10,000 takes a read some 20 ms: this is where it begins to be felt. */
const BACKLOG_ALARM_ROWS = 20_000;

@Injectable()
export class TotalsWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly listeners = new Set<(folded: readonly Folded[]) => void>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private vacuuming: Promise<void> | undefined;
  private stopped = false;
  private lookedAt = 0;
  private foldedAt = -AWAKE_MS;
  private foldedUpTo = '';
  private checked = false;
  private batch = FOLD_SIZE.batch;

  constructor(
    private readonly totals: TotalsRepository,
    @Inject(CONFIG) private readonly config: Pick<Config, 'LONG_TRANSACTION_MS'>,
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
    await this.vacuuming;
    await this.totals.close();
  }

  private next(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.round();
    }, ms);
  }

  private async round(): Promise<void> {
    let pause = IDLE_MS;
    try {
      if (!this.checked && !(await this.check())) return;
      pause = await this.foldOnce();
      if (Date.now() - this.lookedAt >= LOOK_EVERY_MS) await this.look();
    } catch (error) {
      // PostgreSQL away is said by those who need it for an answer.
      if (!isOutage(error)) this.logger.error({ event: 'totals_fold_failed', ...errorFields(error) });
    }
    this.next(pause);
  }

  /** Once, since a database does not move under a running server: whether there is anything to do here. */
  private async check(): Promise<boolean> {
    if (!(await this.totals.areKept())) {
      this.logger.warn({ event: 'totals_not_kept', hint: 'this database is distributed, or has lost its triggers: every ranking is answered from the rows' });
      return false;
    }
    if (await this.totals.areRestored()) {
      this.logger.warn({ event: 'totals_rebuilding', hint: 'this database was restored from a dump of another server: no match and no line can be written until it is done, half a minute a million lines' });
      await this.totals.rebuildIfRestored();
      this.logger.warn({ event: 'totals_rebuilt' });
    }
    this.checked = true;
    return true;
  }

  /** Returns how long until the next one. */
  private async foldOnce(): Promise<number> {
    const begun = performance.now();
    const { unfolded, upTo, sinceMs } = await this.totals.state();
    const awake = upTo === this.foldedUpTo && begun - this.foldedAt < AWAKE_MS;
    if (!unfolded) return awake ? REST_MIN_MS : IDLE_MS;
    if (!awake && sinceMs < ELSEWHERE_MS) return IDLE_MS;
    const stop = this.metrics.totalsFoldSeconds.startTimer();
    const done = await this.totals.fold(this.batch).catch((error: unknown) => {
      this.batch = Math.max(BATCH_MIN, Math.floor(this.batch / 4));
      throw error;
    });
    if (done?.emptied) this.vacuumGains();
    if (!done || (done.folded.length === 0 && !done.more)) return IDLE_MS;
    stop();
    this.foldedAt = performance.now();
    this.foldedUpTo = done.upTo;
    this.batch = Math.min(FOLD_SIZE.batch, this.batch * 2);
    this.metrics.totalsFolded.inc(done.folded.reduce((sum, { rows }) => sum + rows, 0));
    for (const listener of this.listeners) listener(done.folded);
    const restTimes = done.gathered ? REST_TIMES_GATHERING : REST_TIMES;
    return done.more ? 0 : Math.min(REST_MAX_MS, Math.max(REST_MIN_MS, restTimes * (this.foldedAt - begun)));
  }

  /** No fold waits for it. */
  private vacuumGains(): void {
    this.vacuuming ??= this.totals
      .vacuumGains()
      .catch((error: unknown) => {
        if (!isOutage(error)) this.logger.warn({ event: 'gains_vacuum_failed', hint: 'rankings slow down until autovacuum comes', ...errorFields(error) });
      })
      .finally(() => (this.vacuuming = undefined));
  }

  /** What makes rankings slow, before anybody complains. */
  private async look(): Promise<void> {
    this.lookedAt = Date.now();
    const rows = await this.totals.backlog(BACKLOG_COUNTED);
    this.metrics.totalsBacklog.set(rows);
    if (rows > BACKLOG_ALARM_ROWS) this.logger.warn({ event: 'totals_backlog', rows, hint: 'rankings stay exact but slow down: more is written than is folded' });
    const longest = await this.totals.longestTransaction();
    this.metrics.longestTransaction.set((longest?.openMs ?? 0) / 1000);
    if (longest && longest.openMs >= this.config.LONG_TRANSACTION_MS) {
      this.logger.warn({ event: 'long_transaction', ...longest, hint: 'until it ends PostgreSQL keeps every old version of the totals, and rankings slow down: select pg_terminate_backend(pid), or rollback prepared' });
    }
  }
}
