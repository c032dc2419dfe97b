import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { backlogSql, fold, type Folded } from './queries/fold-totals.js';

/** A transaction that wrote millions of lines is folded whole, statement after statement. */
const FOLD_TIMEOUT_MS = 300_000;

@Injectable()
export class TotalsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** One fold in one transaction; null: another instance is at it. */
  async fold(batch: number): Promise<{ folded: Folded[]; more: boolean } | null> {
    return this.unitOfWork.run(() => fold((sql) => this.unitOfWork.db.$queryRaw(sql), batch), { timeoutMs: FOLD_TIMEOUT_MS });
  }

  /** Rows that reads have to add. */
  async backlog(countedUpTo: number): Promise<number> {
    const [row] = await this.unitOfWork.db.$queryRaw<{ rows: number }[]>(backlogSql(countedUpTo));
    return row?.rows ?? 0;
  }
}
