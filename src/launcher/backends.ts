/** What instances stand on: PostgreSQL and Redis, given by address or started here. */
import { mkdirSync } from 'node:fs';
import { startPostgres } from '../parts/postgres.js';
import { ensureRedisBinary, startRedis } from '../parts/redis.js';
import { migrate } from '../platform/database/migrate.js';
import { isOutage, sqlState } from '../platform/database/outage.js';
import type { DataFolder } from './data-folder.js';
import { keepRunning } from './keep-running.js';
import type { Options } from './options.js';
import { CannotStart, step } from './say.js';
import type { Shutdown } from './shutdown.js';

export interface Backends {
  databaseUrl: string;
  /** undefined: one instance alone, with the in-memory adapter. */
  redisUrl: string | undefined;
}

const DATABASE = 'grandstand';

/** Without user and password: it is printed. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address given';
}

/** PostgreSQL is there, but not for this user and password. */
const NOT_LET_IN = ['28000', '28P01', '42501'];

/** Beside those of a PostgreSQL that went away: an address that leads nowhere, also while there is no network. */
const NO_WAY_THERE = ['EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** A host with several addresses fails with one error for each and an empty message of its own. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : error instanceof Error ? error.message : String(error);

async function migrateGiven(url: string): Promise<{ applied: string[] }> {
  try {
    return await migrate(url);
  } catch (error) {
    const state = sqlState(error) ?? '';
    const notLetIn = NOT_LET_IN.includes(state);
    if (!notLetIn && !NO_WAY_THERE.includes(state) && !isOutage(error)) throw error;
    throw new CannotStart(
      `Grandstand cannot start: ${notLetIn ? 'the PostgreSQL of DATABASE_URL does not let it in' : 'nobody answers at DATABASE_URL'}, ${hostOf(url)}:\n${reasonOf(error)}\n${
        notLetIn ? 'Correct its user and password' : 'Start that PostgreSQL, correct DATABASE_URL'
      }, or leave DATABASE_URL out: then one is started here.`,
    );
  }
}

async function database(options: Options, folder: DataFolder, shutdown: Shutdown): Promise<string> {
  const given = options.databaseUrl;
  if (given !== undefined) return given;
  const postgres = await step(
    'PostgreSQL',
    async () => startPostgres({ dataDir: folder.postgres }),
    ({ port }) => `started on 127.0.0.1:${String(port)}`,
  );
  shutdown.defer('backends', () => postgres.stop());
  void keepRunning(postgres, { name: 'PostgreSQL', signal: shutdown.signal });
  return postgres.url(DATABASE);
}

async function migrated(options: Options, folder: DataFolder, shutdown: Shutdown): Promise<string> {
  const url = await database(options, folder, shutdown);
  await step(
    'Schema',
    () => (options.databaseUrl === undefined ? migrate(url) : migrateGiven(url)),
    ({ applied }) =>
      `${applied.length === 0 ? 'up to date' : `${String(applied.length)} migration(s) applied`}, at ${hostOf(url)}`,
  );
  return url;
}

async function redis(options: Options, folder: DataFolder, shutdown: Shutdown): Promise<string | undefined> {
  const given = options.redisUrl;
  if (given !== undefined) return step('Redis', () => Promise.resolve(given), (url) => `given, at ${hostOf(url)}`);
  const started = await step(
    'Redis',
    async () => {
      if ((await ensureRedisBinary()) === undefined) return undefined;
      mkdirSync(folder.redis, { recursive: true });
      return startRedis({ dir: folder.redis });
    },
    (found) => (found === undefined ? 'none found: one instance, in-memory adapter' : `started on 127.0.0.1:${String(found.port)}`),
  );
  if (started === undefined) {
    if (options.instances === 1) return undefined;
    throw new CannotStart(
      `${String(options.instances)} instances need Redis between them, and there is none: install redis-server or\nvalkey-server (Debian: \`apt-get install redis-server\`, macOS: \`brew install redis\`), or set REDIS_URL.`,
    );
  }
  shutdown.defer('backends', () => started.stop());
  void keepRunning(started, { name: 'Redis', signal: shutdown.signal });
  return started.url;
}

export async function startBackends(options: Options, folder: DataFolder, shutdown: Shutdown): Promise<Backends> {
  const [databaseUrl, redisUrl] = await Promise.all([
    migrated(options, folder, shutdown),
    redis(options, folder, shutdown),
  ]);
  return { databaseUrl, redisUrl };
}
