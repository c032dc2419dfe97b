/**
 * One transaction from the edge to the last repository. Whoever opens it is
 * joined by everything called below, so that a write, its event and its
 * idempotency record are committed together, and what must wait for the commit
 * (publishing) is run after it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { errorFields, LOGGER, type Logger } from '../logging/logger.js';
import { isConflict } from './outage.js';
import { DATABASE, type Database, type Prisma } from './prisma.js';

interface Scope {
  tx: Prisma.TransactionClient;
  afterCommit: (() => void)[];
}

const RETRIES_ON_CONFLICT = 4;
/**
 * What a write's queueing for a connection and its `begin` may take beyond a call's patience: a connection that
 * the network forgot is found out by that, in time for a refusal within 2 seconds.
 */
const BEGIN_MS = 600;
const TRANSACTION_TIMEOUT_MS = 9_000;

@Injectable()
export class UnitOfWork {
  private readonly scopes = new AsyncLocalStorage<Scope>();
  private running = 0;

  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'client' | 'patienceMs'>,
    @Optional() @Inject(LOGGER) private readonly logger?: Pick<Logger, 'error'>,
  ) {}

  /** The transaction this call runs in, or the plain client outside one. */
  get db(): Prisma.TransactionClient {
    return this.scopes.getStore()?.tx ?? this.database.client;
  }

  /** Runs `work` in the transaction there is, or in one of its own; a deadlock's victim is run again. */
  async run<T>(work: () => Promise<T>, { timeoutMs = TRANSACTION_TIMEOUT_MS }: { timeoutMs?: number } = {}): Promise<T> {
    if (this.scopes.getStore()) return work();
    for (let attempt = 0; ; attempt += 1) {
      const afterCommit: (() => void)[] = [];
      try {
        const result = await this.database.client.$transaction((tx) => this.scopes.run({ tx, afterCommit }, () => this.counted(work)), {
          maxWait: this.database.patienceMs + BEGIN_MS,
          timeout: timeoutMs,
        });
        this.runHooks(afterCommit);
        return result;
      } catch (error) {
        if (attempt >= RETRIES_ON_CONFLICT || !isConflict(error)) throw error;
      }
    }
  }

  /**
   * Node before 24 tells a storage in use of every promise and socket of the process, an eighth of what a connection
   * costs (bench:fanout): it is in use while there is work that may ask it. Work that its transaction has given up
   * still may, and must not find itself outside of one.
   */
  private async counted<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (this.running === 0) this.scopes.disable();
    }
  }

  /** What is committed stays so: a hook that fails neither turns the answer into a failure nor keeps the next from running. */
  private runHooks(hooks: readonly (() => void)[]): void {
    for (const hook of hooks) {
      try {
        hook();
      } catch (error) {
        this.logger?.error({ event: 'after_commit_failed', ...errorFields(error) });
      }
    }
  }

  /** Runs `hook` once the transaction has committed; never if it rolls back. */
  afterCommit(hook: () => void): void {
    const scope = this.scopes.getStore();
    if (!scope) throw new Error('afterCommit outside a unit of work');
    scope.afterCommit.push(hook);
  }
}
