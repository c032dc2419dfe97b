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

  /** Forgets records older than `before`; returns how many. */
  async forget(before: Date): Promise<number> {
    return (await this.unitOfWork.db.idempotencyRecord.deleteMany({ where: { createdAt: { lt: before } } })).count;
  }
}
