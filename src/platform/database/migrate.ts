/**
 * Brings a database to the schema this version of Grandstand expects, and tells whether
 * the migrations and prisma/schema.prisma still say the same.
 *
 * A migration and the record that it ran are committed together, so a process that dies
 * half way leaves nothing behind, and the next one starts from a clean state. The price:
 * what PostgreSQL refuses inside a transaction (`create index concurrently`) cannot be
 * a migration.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ensureGamePartitions } from './partitions.js';
import { type MigrationList, openEngine, type SchemaContainer } from './schema-engine.js';

// The same three steps up from src/platform/database and from dist/platform/database.
const prismaFolder = fileURLToPath(new URL('../../../prisma/', import.meta.url));
const migrationsFolder = path.join(prismaFolder, 'migrations');

/**
 * The key that Prisma's engine locks. It gives up after ten seconds, so we wait for it here,
 * without a limit, in the session in which the engine then gets it at once.
 */
const prismaLock = 72707369;
const everything = { externalTables: [], externalEnums: [] };
const noSuchDatabase = '3D000';
const databaseExists = ['42P04', '23505'];

interface Migration {
  name: string;
  sql: string;
}

/** Creates the database if need be. Any number of processes may call this at once. */
export async function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  const migrations = await readMigrations();
  const lockfile = await readFile(path.join(migrationsFolder, 'migration_lock.toml'), 'utf8');
  const client = await connectOrCreate(databaseUrl);
  try {
    await client.query('select pg_advisory_lock($1)', [prismaLock]);
    let refusal: string | undefined;
    const engine = await openEngine(client, await readSchema(), (error, script) => {
      refusal = describeScriptError(error, script);
    });
    const applied: string[] = [];
    // One by one, because each gets its own transaction; the engine skips what is recorded.
    for (const [index, migration] of migrations.entries()) {
      const migrationsList = toList(migrations.slice(0, index + 1), lockfile);
      await client.query('begin');
      try {
        const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: everything });
        await client.query('commit');
        applied.push(...appliedMigrationNames);
      } catch (error) {
        if (refusal) throw new Error(`Migration ${migration.name} was not applied: ${refusal}`, { cause: error });
        throw plain(error);
      }
    }
    await ensureGamePartitions(client);
    return { applied };
  } finally {
    await client.end();
  }
}

/**
 * The SQL that would take a migrated database to prisma/schema.prisma; empty when they agree.
 *
 * It does not see what Prisma's schema language cannot say: check constraints, triggers,
 * functions, views, expression indexes, how a table is partitioned. Those need tests of their own.
 */
export async function drift(databaseUrl: string): Promise<string> {
  const schema = await readSchema();
  const client = await connect(databaseUrl);
  try {
    const engine = await openEngine(client, schema);
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files: [schema], configDir: prismaFolder },
      to: { tag: 'schemaDatamodel', files: [schema] },
      script: true,
      exitCode: true,
      filters: everything,
    });
    return exitCode === 0 ? '' : (stdout ?? '');
  } catch (error) {
    throw plain(error);
  } finally {
    await client.end();
  }
}

async function connectOrCreate(databaseUrl: string): Promise<pg.Client> {
  try {
    return await connect(databaseUrl);
  } catch (error) {
    if (!hasCode(error, noSuchDatabase)) throw error;
  }
  await createDatabase(databaseUrl);
  return connect(databaseUrl);
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'grandstand-migrate' });
  // A connection lost while idle is reported here; the next query then says so where it can be handled.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const client = await connect(url.href);
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process was faster, which is just as good.
    if (!databaseExists.some((code) => hasCode(error, code))) throw error;
  } finally {
    await client.end();
  }
}

async function readSchema(): Promise<SchemaContainer> {
  const file = path.join(prismaFolder, 'schema.prisma');
  return { path: file, content: await readFile(file, 'utf8') };
}

async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(migrationsFolder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(path.join(migrationsFolder, name, 'migration.sql'), 'utf8'),
    })),
  );
}

function toList(migrations: Migration[], lockfile: string): MigrationList {
  return {
    baseDir: migrationsFolder,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function describeScriptError(error: unknown, script: string): string {
  if (!(error instanceof pg.DatabaseError)) return String(error);
  if (!error.position) return error.message;
  const line = script.slice(0, Number(error.position)).split('\n').length;
  return `${error.message} (migration.sql, line ${line})`;
}

/** The engine appends a trace of its own source files to every message. */
function plain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [message = ''] = error.message.split(/\n\s+0: /);
  return new Error(message.trim(), { cause: error });
}
