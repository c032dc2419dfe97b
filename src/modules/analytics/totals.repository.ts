/**
 * The worker's way to the totals, on a connection of its own with named statements: many times a second the same few,
 * which take longer to plan than to find that there is nothing to do.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { openDatabase, Prisma, type Database, type Rows } from '../../platform/database/prisma.js';
import { errorFields, LOGGER, type Logger } from '../../platform/logging/logger.js';
import { backlogSql, fold, foldStateSql, rebuildIfRestored, restoredSql, type Fold, type FoldState } from './queries/fold-totals.js';
import { vacuumGainsSql } from './queries/gains.js';
import { longestTransactionSql, type LongTransaction } from './queries/long-transaction.js';
import { totalsKeptSql } from './queries/ranked-stats.js';

/** One fold of what a single transaction wrote may read millions of rows. A connection that is not connected any more keeps the others waiting no longer. */
const FOLD_TIMEOUT_MS = 60_000;
/** Half a minute a million lines, on two cores. */
const REBUILD_TIMEOUT_MS = 6 * 3_600_000;

@Injectable()
export class TotalsRepository {
  private readonly open: (statementTimeoutMs: number) => Database;
  private readonly database: Database;

  constructor(@Inject(CONFIG) config: Pick<Config, 'DATABASE_URL'>, @Inject(LOGGER) logger: Pick<Logger, 'warn' | 'error'>) {
    this.open = (statementTimeoutMs) =>
      openDatabase({
        url: config.DATABASE_URL,
        max: 1,
        nameStatements: true,
        statementTimeoutMs,
        onError: (error) => {
          logger.warn({ event: 'totals_connection_lost', ...errorFields(error) });
        },
      });
    this.database = this.open(FOLD_TIMEOUT_MS);
  }

  /** What reads ask too, before they trust the totals. */
  async areKept(): Promise<boolean> {
    const [row] = await this.database.session((rows) => rows<{ kept: boolean }>(totalsKeptSql));
    return row?.kept ?? false;
  }

  async state(): Promise<FoldState> {
    const [state] = await this.database.session((rows) => rows<FoldState>(foldStateSql));
    if (!state) throw new Error('stat_watermark has no row');
    return state;
  }

  /** One fold in one transaction; null: another instance is at it. */
  async fold(batch: number): Promise<Fold | null> {
    return this.database.session((rows) => inTransaction(rows, () => fold(rows, { batch })));
  }

  /** On a connection of its own, beside the folds. */
  async vacuumGains(): Promise<void> {
    const database = this.open(FOLD_TIMEOUT_MS);
    try {
      await database.session((rows) => rows(vacuumGainsSql));
    } finally {
      await database.close();
    }
  }

  /** Whether the totals are those of another server. */
  async areRestored(): Promise<boolean> {
    const [row] = await this.database.session((rows) => rows<{ restored: boolean }>(restoredSql));
    return row?.restored ?? false;
  }

  /** Starts all over from the rows where the totals are those of another server. */
  async rebuildIfRestored(): Promise<void> {
    const database = this.open(REBUILD_TIMEOUT_MS);
    try {
      await database.session((rows) => inTransaction(rows, () => rebuildIfRestored(rows)));
    } finally {
      await database.close();
    }
  }

  /** Rows that reads have to add. */
  async backlog(countedUpTo: number): Promise<number> {
    const [row] = await this.database.session((rows) => rows<{ rows: number }>(backlogSql(countedUpTo)));
    return row?.rows ?? 0;
  }

  /** null: nobody has a transaction open that reads or has written. */
  async longestTransaction(): Promise<LongTransaction | null> {
    const [row] = await this.database.session((rows) => rows<LongTransaction>(longestTransactionSql));
    return row ?? null;
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

/** A session that fails is ended with its connection, and so is its transaction. */
async function inTransaction<T>(rows: Rows, work: () => Promise<T>): Promise<T> {
  await rows(Prisma.sql`begin`);
  const value = await work();
  await rows(Prisma.sql`commit`);
  return value;
}
