// One real PostgreSQL for the whole run, with a migrated template database:
// each test file clones its own from it in a few milliseconds.
//
// Plain JavaScript on the built dist/, because Jest would turn a TypeScript
// setup into CommonJS, where the sources' `import.meta` does not exist.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

// What the run writes is thrown away with it; safety against a power cut
// would cost most of the time.
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '64MB',
};

const dist = (path) => new URL(`../dist/${path}`, import.meta.url);

export default async function setup() {
  const { startPostgres } = await import(dist('parts/postgres.js').href);
  const folder = mkdtempSync(join(tmpdir(), 'grandstand-test-'));
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: FAST });
  globalThis.grandstandTest = { folder, postgres };

  const admin = new pg.Client(postgres.url());
  await admin.connect();
  await admin.query('create database grandstand_template');
  await admin.end();
  const migrations = dist('platform/database/migrate.js');
  if (existsSync(migrations)) {
    const { migrate } = await import(migrations.href);
    await migrate(postgres.url('grandstand_template'));
  }

  process.env.GRANDSTAND_TEST_POSTGRES = postgres.url();
}
