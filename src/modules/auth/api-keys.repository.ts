import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Scope } from '../../contracts/auth.js';
import { Role } from '../../contracts/user.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

/** A row as the code may trust it. */
const Row = z.object({
  id: z.string(),
  ownerId: z.string(),
  ownerRole: Role,
  name: z.string(),
  hash: z.instanceof(Uint8Array),
  scopes: z.array(Scope),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
});
export type ApiKeyRow = z.infer<typeof Row>;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async insert(row: Omit<ApiKeyRow, 'revokedAt' | 'hash'> & { hash: Uint8Array<ArrayBuffer> }): Promise<void> {
    await this.unitOfWork.db.apiKey.create({ data: row });
  }

  async find(id: string): Promise<ApiKeyRow | null> {
    const row = await this.unitOfWork.db.apiKey.findUnique({ where: { id } });
    return row && Row.parse(row);
  }

  /** False when there is no such key in use. */
  async revoke(id: string, at: Date): Promise<boolean> {
    return (await this.unitOfWork.db.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })).count > 0;
  }

  /** A key whose row is gone counts as revoked. */
  async revokedAmong(ids: readonly string[]): Promise<string[]> {
    const rows = await this.unitOfWork.db.$queryRaw<{ id: string }[]>`
      select k.id from unnest(${[...ids]}::text[]) as k(id)
      where not exists (select 1 from api_keys a where a.id = k.id and a.revoked_at is null)`;
    return rows.map((row) => row.id);
  }
}
