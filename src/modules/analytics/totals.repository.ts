import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { backlogSql, dropFoldedSql, foldRangeSql, foldSql, moveWatermarkSql, tryFoldLockSql, type FoldRange } from './queries/fold-totals.js';

/** A range of this many batches is still folded whole; one transaction that wrote more is folded in shares of its players. */
const LARGEST_RANGE = 4;

/** Whose rankings a fold changed, and by how many rows. */
export interface Folded {
  game: string;
  tournament_id: string;
  rows: number;
}

export interface Backlog {
  rows: number;
  /** The server process of the oldest transaction that writes, and its age. */
  pid: number | null;
  seconds: number | null;
}

@Injectable()
export class TotalsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** One fold in one transaction; null: another instance is at it. */
  async fold(batch: number): Promise<{ folded: Folded[]; more: boolean } | null> {
    return this.unitOfWork.run(async () => {
      const { db } = this.unitOfWork;
      // A statement of its own: the next one must see what the last holder of the lock committed.
      const [lock] = await db.$queryRaw<{ locked: boolean }[]>(tryFoldLockSql);
      if (!lock?.locked) return null;
      const [range] = await db.$queryRaw<FoldRange[]>(foldRangeSql(batch));
      if (!range) throw new Error('stat_watermark has no row');
      if (range.rows === 0) return { folded: [], more: false };
      const share = range.rows > LARGEST_RANGE * batch ? { of: Math.ceil(range.rows / batch), salt: randomUUID() } : null;
      await db.$executeRaw(foldSql(range, share));
      const folded = await db.$queryRaw<Folded[]>(dropFoldedSql(range, share));
      if (!share) await db.$executeRaw(moveWatermarkSql(range));
      return { folded, more: share !== null || range.more };
    });
  }

  async backlog(countedUpTo: number): Promise<Backlog> {
    const [row] = await this.unitOfWork.db.$queryRaw<Backlog[]>(backlogSql(countedUpTo));
    return row ?? { rows: 0, pid: null, seconds: null };
  }
}
