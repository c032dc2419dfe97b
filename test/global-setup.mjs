// One real PostgreSQL for the whole run, with a migrated template database:
// each test file clones its own from it in a few milliseconds.
//
// Plain JavaScript on the built dist/, because Jest would turn a TypeScript
// setup into CommonJS, where the sources' `import.meta` does not exist.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const { migrate } = await import(dist('platform/database/migrate.js').href);
  const folder = mkdtempSync(join(tmpdir(), 'grandstand-test-'));
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: FAST });
  globalThis.grandstandTest = { folder, postgres };

  try {
    await migrate(postgres.url('grandstand_template'));
  } catch (error) {
    // Jest tears down only what was set up.
    await postgres.stop();
    throw error;
  }
  process.env.GRANDSTAND_TEST_POSTGRES = postgres.url();
}
