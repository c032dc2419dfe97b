/** The migrations themselves, on a real and empty PostgreSQL: not on a clone of the template the other tests use. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { drift, migrate } from '../src/platform/database/migrate.js';

const root = new URL('../', import.meta.url);
const allMigrations = readdirSync(new URL('prisma/migrations/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const server = process.env.GRANDSTAND_TEST_POSTGRES ?? '';
let name: string;
let url: string;

beforeEach(() => {
  // Not created here: that too is the migration's work.
  name = `migrations_${randomBytes(8).toString('hex')}`;
  const own = new URL(server);
  own.pathname = `/${name}`;
  url = own.href;
});

afterEach(() => query(server, `drop database if exists ${name} with (force)`));

test('every migration applies to a database that does not exist yet', async () => {
  expect(await migrate(url)).toEqual({ applied: allMigrations });
  expect(await recorded()).toEqual(allMigrations);
});

test('a second time there is nothing to do', async () => {
  await migrate(url);
  expect(await migrate(url)).toEqual({ applied: [] });
  expect(await recorded()).toEqual(allMigrations);
});

test('several processes at once share the work and none of them fails', async () => {
  const runs = await Promise.all([launch(url), launch(url), launch(url), launch(url)]);
  expect(runs.map((run) => run.errors)).toEqual(['', '', '', '']);
  expect(runs.map((run) => run.code)).toEqual([0, 0, 0, 0]);
  const applied = runs.flatMap((run) => run.output.match(/(?<=^applied ).+$/gm) ?? []);
  expect(applied.sort()).toEqual(allMigrations);
  expect(await recorded()).toEqual(allMigrations);
});

test('the migrations and prisma/schema.prisma say the same', async () => {
  await migrate(url);
  expect(await drift(url)).toBe('');
});

test('what was changed by hand shows up as the SQL that would undo it', async () => {
  await migrate(url);
  await query(url, 'alter table tournaments add column by_hand text check (by_hand <> \'\')');
  expect(await drift(url)).toContain('ALTER TABLE "tournaments" DROP COLUMN "by_hand"');
});

test('a migration that fails leaves no trace and says what stood in its way', async () => {
  await migrate(url);
  await query(url, 'delete from _prisma_migrations');
  await expect(migrate(url)).rejects.toThrow(
    new RegExp(`^Migration ${allMigrations[0]} was not applied: .+ already exists`),
  );
  // Without the transaction Prisma would keep a failed row here and refuse every later start.
  expect(await query(url, 'select migration_name as name from _prisma_migrations')).toEqual([]);

  await query(url, 'drop schema public cascade; create schema public');
  expect(await migrate(url)).toEqual({ applied: allMigrations });
});

test('the command for containers says plainly why it could not migrate', async () => {
  const nowhere = await launch(undefined);
  expect(nowhere).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('DATABASE_URL is not set') });
  const unreachable = await launch('postgres://127.0.0.1:1/none');
  expect(unreachable).toMatchObject({ code: 1, output: '', errors: expect.stringMatching(/^The database was not migrated\. .*ECONNREFUSED.*\n$/) });
});

interface Run {
  code: number | null;
  output: string;
  errors: string;
}

/** The built command, as a container would start it; `npm test` has built it before. */
async function launch(databaseUrl: string | undefined): Promise<Run> {
  const { DATABASE_URL: _, ...env } = process.env;
  const command = new URL('dist/launcher/migrate.js', root).pathname;
  const child = spawn(process.execPath, [command], {
    env: databaseUrl === undefined ? env : { ...env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = { code: null, output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.errors += text));
  run.code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return run;
}

async function recorded(): Promise<string[]> {
  const rows = await query(
    url,
    'select migration_name as name from _prisma_migrations where finished_at is not null order by migration_name',
  );
  return rows.map((row) => row.name);
}

async function query(databaseUrl: string, sql: string): Promise<{ name: string }[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}
