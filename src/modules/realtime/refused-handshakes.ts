/**
 * Handshakes that were refused, counted by code. A secret that was rotated or
 * an issuer's keys that cannot be fetched turn everybody away who has a token:
 * that is said, in one line a minute with the counts, not one a try.
 */
import type { Refusal, RefusalCode } from '../../contracts/refusal.js';
import { errorFields, type Logger } from '../../platform/logging/logger.js';
import type { Metrics } from '../../platform/metrics/metrics.js';

const SAY_EVERY_MS = 60_000;

export interface RefusedHandshakesOptions {
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds of a clock that is never set back. */
  now: () => number;
}

export class RefusedHandshakes {
  private readonly counts = new Map<RefusalCode, number>();
  /** What stood behind the last one that was our fault. */
  private failure: unknown;
  private saidAt = -Infinity;

  constructor(private readonly options: RefusedHandshakesOptions) {}

  /** `cause`: what became this refusal. */
  refused(refusal: Refusal, cause: unknown): void {
    this.counts.set(refusal.code, (this.counts.get(refusal.code) ?? 0) + 1);
    this.options.metrics.refusals.inc({ code: refusal.code, wire: 'socket' });
    if (refusal.status >= 500) this.failure = cause;
  }

  /** To be called every second or so: the first is said then, those after it together. */
  say(): void {
    const { logger, now } = this.options;
    if (this.counts.size === 0 || now() - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = now();
    logger.warn({ event: 'handshakes_refused', codes: Object.fromEntries(this.counts), ...(this.failure === undefined ? {} : errorFields(this.failure)) });
    this.counts.clear();
    this.failure = undefined;
  }
}
