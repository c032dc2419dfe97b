/**
 * Prisma's schema engine, compiled to WebAssembly, on one PostgreSQL connection.
 *
 * The binary of the same engine is downloaded from a host that a closed network does
 * not reach; this one comes from the npm registry like every other package. It writes
 * the ordinary `_prisma_migrations` table, so `prisma migrate deploy` stays usable.
 *
 * Owns what stands between that engine and `pg`. What to migrate is `migrate.ts`'s affair.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

export type { MigrationList, SchemaContainer } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Called with each script before the engine's own error would hide what PostgreSQL said about it. */
type OnScriptError = (error: unknown, script: string) => void;

let loading: Promise<void> | undefined;

/**
 * The client must be connected, and stays the caller's to end. Every statement goes
 * through it and none through a pool: the engine's advisory lock and the caller's
 * transaction both live in one session, and a session that dies must not be replaced.
 */
export async function openEngine(
  client: pg.Client,
  schema: glue.SchemaContainer,
  onScriptError: OnScriptError = () => {},
): Promise<glue.SchemaEngine> {
  await (loading ??= load());
  const adapter = await new PrismaPg(throughOneConnection(client)).connect();
  return glue.SchemaEngine.new(
    { datamodels: [[schema.path, schema.content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory({
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      connect: async () => forEngine(adapter, client, onScriptError),
      // The engine would put a shadow database beside the real one; we always bring our own instead.
      connectToShadowDb: async () => {
        throw new Error('The schema engine asked for a shadow database, which nothing here should need.');
      },
    }),
  );
}

async function load(): Promise<void> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const bytes = await readFile(path.join(folder, 'schema_engine_bg.wasm'));
  // A panic inside WebAssembly calls this by name; without it the reason is lost in a TypeError.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message(message: string) {
        throw new Error(`Prisma's schema engine stopped: ${message}`);
      },
    },
  });
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': withIdleTimers() });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

/**
 * The engine limits its wait for the lock to ten seconds and never clears that timer:
 * as it comes, it would keep every process that migrates alive for that long.
 */
function withIdleTimers(): WebAssembly.ModuleImports {
  return Object.fromEntries(
    Object.entries(glue).map(([name, value]) => [
      name,
      name.startsWith('__wbg_setTimeout_')
        ? (callback: () => void, delay: number) => setTimeout(callback, delay >>> 0).unref()
        : value,
    ]),
  );
}

/** PostgreSQL's one-byte internal type `"char"`, in which the catalogs keep their flags. */
const INTERNAL_CHAR = 18;
const CHAR_ARRAY = 1002;

/** A pool in name only, since PrismaPg takes nothing else: it never opens a connection. */
function throughOneConnection(client: pg.Client): pg.Pool {
  return Object.assign(new pg.Pool(), {
    async query(config: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
      const result = await client.query(config);
      // adapter-pg 7.10 refuses "char" columns, of which the engine's look at the catalogs is
      // full, but knows arrays of them: they pass as arrays here and become characters below.
      for (const field of result.fields) if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = CHAR_ARRAY;
      return result;
    },
  });
}

function forEngine(adapter: SqlDriverAdapter, client: pg.Client, onScriptError: OnScriptError): SqlDriverAdapter {
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    executeRaw: (query) => adapter.executeRaw(query),
    startTransaction: (isolation) => adapter.startTransaction(isolation),
    getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: true },
    dispose: async () => {},
    queryRaw: async (query: SqlQuery) => charactersRestored(await adapter.queryRaw(query)),
    // The adapter's own cuts a script at every semicolon, also inside a function's body. Sent
    // whole it is what `prisma migrate deploy` does too.
    async executeScript(script: string) {
      try {
        await client.query(script);
      } catch (error) {
        onScriptError(error, script);
        throw error;
      }
    },
  };
}

function charactersRestored(result: SqlResultSet): SqlResultSet {
  const columnTypes = result.columnTypes.map((type) =>
    type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
  );
  return { ...result, columnTypes };
}
