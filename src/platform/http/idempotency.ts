/**
 * `Idempotency-Key`: the record of an answer is committed in the transaction
 * of the write it answers, so that there is never one without the other. Only
 * successes are kept: a refused write changed nothing and may be tried again.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { Refusal } from '../../contracts/refusal.js';
import { CLOCK, type Clock } from '../clock/clock.js';
import { IdempotencyRepository } from '../database/idempotency.repository.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { errorFields, LOGGER, type Logger } from '../logging/logger.js';
import { fingerprintOf, keyHash, seal, unseal } from './sealed.js';

export const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,200}$/;
/** How long an answer can be asked for again. */
export const IDEMPOTENCY_KEPT_MS = 24 * 3600 * 1000;

const SWEEP_EVERY_MS = 15 * 60 * 1000;
const SWEEP_STEP = 5_000;

const Sealed = z.object({ sealed: z.string() });

export interface KeyedRequest {
  /** Who the key belongs to: two callers may use the same key. */
  principalId: string;
  key: string;
  method: string;
  path: string;
  body: unknown;
  secret: boolean;
}

export type Write = () => Promise<unknown>;

interface Answered {
  status: number;
  body: unknown;
  replayed: boolean;
}

const fingerprintFor = ({ key, method, path, body }: KeyedRequest): Uint8Array<ArrayBuffer> => fingerprintOf(key, method, path, body);

function refuseUnusableKey(key: string): void {
  if (!IDEMPOTENCY_KEY_PATTERN.test(key)) throw new Refusal('VALIDATION_FAILED', 'An Idempotency-Key is 1 to 200 printable ASCII characters without spaces');
}

@Injectable()
export class Idempotency implements OnApplicationBootstrap, OnApplicationShutdown {
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: IdempotencyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeping = setInterval(() => {
      this.sweep().then(
        (forgotten) => {
          if (forgotten > 0) this.logger.info({ event: 'idempotency_records_forgotten', forgotten });
        },
        (error: unknown) => {
          this.logger.warn({ event: 'idempotency_sweep_failed', ...errorFields(error) });
        },
      );
    }, SWEEP_EVERY_MS);
    this.sweeping.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeping);
  }

  /** Runs `write` once for this key; afterwards answers what it answered. */
  async once(request: KeyedRequest, status: number, write: Write): Promise<Answered> {
    refuseUnusableKey(request.key);
    const key = keyHash(request.key);
    return this.unitOfWork.run(async () => {
      await this.records.lock(request.principalId, key);
      const replay = await this.replayOf(request);
      if (replay) return replay;
      const body = await write();
      await this.records.keep(request.principalId, key, { fingerprint: fingerprintFor(request), status, body: request.secret ? seal(request.key, body) : body });
      return { status, body, replayed: false };
    });
  }

  /**
   * The same for a write that takes long to prepare: nobody waits for a connection meanwhile, and a replay prepares
   * nothing. Two who send one key at once may both prepare; one of them writes.
   */
  async prepared(request: KeyedRequest, status: number, prepare: () => Promise<Write>): Promise<Answered> {
    refuseUnusableKey(request.key);
    return (await this.replayOf(request)) ?? this.once(request, status, await prepare());
  }

  private async replayOf(request: KeyedRequest): Promise<Answered | undefined> {
    const found = await this.records.find(request.principalId, keyHash(request.key));
    if (!found) return undefined;
    if (Buffer.compare(found.fingerprint, fingerprintFor(request)) !== 0) {
      throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request: make a new one for each write');
    }
    const body = request.secret ? unseal(request.key, Sealed.parse(found.body)) : (found.body ?? undefined);
    return { status: found.status, body, replayed: true };
  }

  /** All of it or nothing, without a key. */
  together<T>(write: () => Promise<T>): Promise<T> {
    return this.unitOfWork.run(write);
  }

  /** Forgets what is too old to be asked for, in steps that hold nobody up. */
  async sweep(): Promise<number> {
    const before = new Date(this.clock.now().getTime() - IDEMPOTENCY_KEPT_MS);
    for (let forgotten = 0; ; ) {
      const step = await this.records.forget(before, SWEEP_STEP);
      forgotten += step;
      if (step < SWEEP_STEP) return forgotten;
    }
  }
}
