/**
 * The worker's way to the totals, on a connection of its own with named statements: several times a second the same four,
 * which take longer to plan than to find that there is nothing to do.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { openDatabase, type Database } from '../../platform/database/prisma.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { errorFields, LOGGER, type Logger } from '../../platform/logging/logger.js';
import { backlogSql, fold, rebuildIfRestoredSql, type Folded } from './queries/fold-totals.js';
import { totalsKeptSql } from './queries/ranked-stats.js';

/** A transaction that wrote millions of lines is folded whole, statement after statement. */
const FOLD_TIMEOUT_MS = 300_000;

@Injectable()
export class TotalsRepository {
  private readonly database: Database;
  private readonly unitOfWork: UnitOfWork;

  constructor(@Inject(CONFIG) config: Pick<Config, 'DATABASE_URL'>, @Inject(LOGGER) logger: Pick<Logger, 'warn' | 'error'>) {
    this.database = openDatabase({
      url: config.DATABASE_URL,
      max: 1,
      nameStatements: true,
      onError: (error) => {
        logger.warn({ event: 'totals_connection_lost', ...errorFields(error) });
      },
    });
    this.unitOfWork = new UnitOfWork(this.database, logger);
  }

  /** What reads ask too, before they trust the totals. */
  async areKept(): Promise<boolean> {
    const [row] = await this.unitOfWork.db.$queryRaw<{ kept: boolean }[]>(totalsKeptSql);
    return row?.kept ?? false;
  }

  /** One fold in one transaction; null: another instance is at it. */
  async fold(batch: number): Promise<{ folded: Folded[]; more: boolean } | null> {
    return this.unitOfWork.run(() => fold((sql) => this.unitOfWork.db.$queryRaw(sql), batch), { timeoutMs: FOLD_TIMEOUT_MS });
  }

  /** Starts all over from the rows where the totals are those of another server; answers whether it did. */
  async rebuildIfRestored(): Promise<boolean> {
    return this.unitOfWork.run(async () => (await this.unitOfWork.db.$queryRaw<unknown[]>(rebuildIfRestoredSql)).length > 0, { timeoutMs: FOLD_TIMEOUT_MS });
  }

  /** Rows that reads have to add. */
  async backlog(countedUpTo: number): Promise<number> {
    const [row] = await this.unitOfWork.db.$queryRaw<{ rows: number }[]>(backlogSql(countedUpTo));
    return row?.rows ?? 0;
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}
