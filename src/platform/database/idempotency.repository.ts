import { Injectable } from '@nestjs/common';
import type { Prisma } from './prisma.js';
import { UnitOfWork } from './unit-of-work.js';

export interface IdempotencyRecord {
  fingerprint: Uint8Array<ArrayBuffer>;
  status: number;
  body: unknown;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Waits for whoever else uses this key right now; held until the transaction ends. */
  async lock(principalId: string, key: string): Promise<void> {
    await this.unitOfWork.db.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${principalId} ${key}`}, 7))`;
  }

  async find(principalId: string, key: string): Promise<IdempotencyRecord | null> {
    return this.unitOfWork.db.idempotencyRecord.findUnique({ where: { principalId_key: { principalId, key } } });
  }

  async keep(principalId: string, key: string, record: IdempotencyRecord): Promise<void> {
    await this.unitOfWork.db.idempotencyRecord.create({ data: { principalId, key, ...record, body: record.body as Prisma.InputJsonValue | undefined } });
  }

  /** Forgets at most `limit` records older than `before`; returns how many. Several instances may do so at once. */
  async forget(before: Date, limit: number): Promise<number> {
    return this.unitOfWork.db.$executeRaw`
      delete from idempotency_records r using (
        select principal_id, key from idempotency_records
        where created_at < ${before}::timestamptz order by created_at limit ${limit}::int for update skip locked
      ) old
      where r.principal_id = old.principal_id and r.key = old.key`;
  }
}
