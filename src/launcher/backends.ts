/** What instances stand on: PostgreSQL and Redis, given by address or started here. */
import { mkdirSync } from 'node:fs';
import { startPostgres } from '../parts/postgres.js';
import { ensureRedisBinary, startRedis } from '../parts/redis.js';
import { migrate } from '../platform/database/migrate.js';
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
    () => migrate(url),
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
