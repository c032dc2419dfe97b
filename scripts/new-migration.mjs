/**
 * `npm run db:migration -- NAME`: writes what is missing between the migrations so far
 * and prisma/schema.prisma into prisma/migrations/<timestamp>_NAME/migration.sql.
 *
 * Works on a throwaway database: on the server of DATABASE_URL if that is set (the
 * database it names is not touched), else on a private PostgreSQL that is gone afterwards.
 * Read what it wrote before committing it: partitions, checks and the like are yours to add.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import pg from 'pg';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './lock.mjs';

async function onThrowawayDatabase(work) {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return onThrowawayDatabaseOf(DATABASE_URL, work);

  const { startPostgres } = await import('../dist/parts/postgres.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'grandstand-migration-'));
  try {
    const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
    try {
      return await work(postgres.url('grandstand_migration'));
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function onThrowawayDatabaseOf(server, work) {
  const [url, admin] = [new URL(server), new URL(server)];
  const name = `grandstand_migration_${randomUUID()}`;
  url.pathname = `/${name}`;
  admin.pathname = '/postgres';
  try {
    return await work(url.href);
  } finally {
    const client = new pg.Client(admin.href);
    await client.connect();
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    await client.end();
  }
}

async function missingSql() {
  await install();
  await build();
  const { drift, migrate } = await import('../dist/platform/database/migrate.js');
  return onThrowawayDatabase(async (url) => {
    await migrate(url);
    return drift(url);
  });
}

async function newMigration(name) {
  if (!/^[a-z][a-z0-9_]*$/.test(name ?? '')) {
    throw new Error('Name the migration in lower_case: npm run db:migration -- add_match_round');
  }
  const sql = await missingSql();
  if (sql === '') return 'The migrations already say what prisma/schema.prisma says.';

  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const file = join(root, 'prisma', 'migrations', `${timestamp}_${name}`, 'migration.sql');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, sql);
  return `Wrote ${relative(root, file)}. Read it before you commit it.`;
}

try {
  console.log(await newMigration(process.argv[2]));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
