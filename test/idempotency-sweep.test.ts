/** Answers are kept for a day and then forgotten; what is younger stays. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { IdempotencyRepository } from '../src/platform/database/idempotency.repository.js';
import { openDatabase, type Database } from '../src/platform/database/prisma.js';
import { UnitOfWork } from '../src/platform/database/unit-of-work.js';
import { Idempotency, IDEMPOTENCY_KEPT_MS } from '../src/platform/http/idempotency.js';
import { createLogger } from '../src/platform/logging/logger.js';

describe('idempotency records', () => {
  let database: TestDatabase;
  let open: Database;
  beforeAll(async () => {
    database = await createDatabase();
    open = openDatabase({ url: database.url, max: 2, onError: () => undefined });
  });
  afterAll(async () => {
    await open.close();
    await database.drop();
  });

  it('are forgotten a day later and not before', async () => {
    const now = new Date('2026-05-02T12:00:00Z');
    const unitOfWork = new UnitOfWork(open);
    const idempotency = new Idempotency(unitOfWork, new IdempotencyRepository(unitOfWork), { now: () => now }, createLogger({ level: 'silent', instanceId: 'test' }));
    await open.client.$executeRaw`
      insert into idempotency_records (principal_id, key, fingerprint, status, created_at)
      select 'olga', 'k' || n, 'x'::bytea, 200, ${now}::timestamptz - n * interval '1 hour' from generate_series(0, 48) n`;
    const kept = IDEMPOTENCY_KEPT_MS / 3_600_000;
    expect(await idempotency.sweep()).toBe(48 - kept);
    expect(await open.client.idempotencyRecord.count()).toBe(kept + 1);
    expect(await idempotency.sweep()).toBe(0);
  });
});
