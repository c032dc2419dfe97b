/** Three instances behind nginx, one Redis, one PostgreSQL that keeps what it says it keeps. All of them ours to kill. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { startNginx, type Nginx } from '../../src/parts/nginx.js';
import { startPostgres, type Postgres } from '../../src/parts/postgres.js';
import { startRedis, type Redis } from '../../src/parts/redis.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { JWT_SECRET } from '../arena/arena.js';
import { Instance } from '../arena/instance.js';
import { Turns } from './turns.js';

export const INSTANCES = 3;
/** Connections an instance may have to PostgreSQL: for writes and feeds, and half as many for analytics. */
export const POOL = 10;
export const POOLS = POOL + POOL / 2;

/** One instance, and whether it is meant to run. */
export class Member {
  readonly turns = new Turns();
  /** How often it ended without being asked to, and how. */
  readonly sudden: string[] = [];
  #meant = false;

  constructor(readonly instance: Instance) {
    this.#watch();
  }

  #watch(): void {
    this.#meant = true;
    void this.instance.exited().then((exit) => {
      if (this.#meant) this.sudden.push(`instance ${this.instance.name} ended by itself: ${String(exit?.code ?? exit?.signal)}`);
    });
  }

  kill(): Promise<void> {
    this.#meant = false;
    return this.instance.kill();
  }

  async boot(): Promise<void> {
    await this.instance.boot();
    this.#watch();
  }

  /** SIGTERM, to the end. A rolling restart that ends in anything but 0 has not ended well. */
  async drain(): Promise<void> {
    this.#meant = false;
    this.instance.signal('SIGTERM');
    const exit = await this.instance.exited();
    if (exit?.code !== 0) this.sudden.push(`instance ${this.instance.name} was told SIGTERM and ended with ${String(exit?.code ?? exit?.signal)}`);
  }

  stop(): Promise<void> {
    this.#meant = false;
    return this.instance.stop();
  }
}

export interface Fleet {
  readonly postgres: Postgres;
  readonly redis: Redis;
  readonly nginx: Nginx;
  readonly members: readonly Member[];
  /** The instance at a place of `members`; throws rather than answering undefined. */
  readonly at: (index: number) => Member;
  readonly databaseUrl: string;
  /** nginx. */
  readonly url: string;
  readonly postgresTurns: Turns;
  readonly redisTurns: Turns;
  /** A command to Redis on a connection of its own. */
  askRedis(...command: string[]): Promise<unknown>;
  close(): Promise<void>;
}

const ENV = {
  JWT_SECRET,
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  DATABASE_POOL: String(POOL),
  DRAIN_MS: '2500',
  // A frozen reader is half-open for longer than these: the suite sees it found.
  PING_INTERVAL_MS: '5000',
  PING_TIMEOUT_MS: '5000',
  // Everybody here is one address.
  RATE_READ_PER_10S: '1000000',
  RATE_WRITE_PER_10S: '1000000',
};

export async function openFleet(folder: string): Promise<Fleet> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    mkdirSync(join(folder, 'redis'), { recursive: true });
    // fsync and synchronous_commit are left on: it is killed.
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres') });
    closers.push(() => postgres.stop());
    const databaseUrl = postgres.url('grandstand');
    await migrate(databaseUrl);
    const redis = await startRedis({ dir: join(folder, 'redis') });
    closers.push(() => redis.stop());
    const env = { ...ENV, DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
    const numbers = Array.from({ length: INSTANCES }, (_, index) => String(index + 1));
    const members = (await Promise.all(numbers.map((number) => Instance.start(number, env)))).map((instance) => new Member(instance));
    closers.push(() => Promise.all(members.map((member) => member.stop())));
    const nginx = await startNginx({ host: '127.0.0.1', upstreamPorts: members.map(({ instance }) => instance.port), dir: join(folder, 'nginx') });
    closers.push(() => nginx.stop());
    return {
      postgres, redis, nginx, members, databaseUrl,
      at: (index) => {
        const member = members[index];
        if (!member) throw new Error(`there is no instance at ${index}`);
        return member;
      },
      url: `http://127.0.0.1:${String(nginx.port)}`,
      postgresTurns: new Turns(),
      redisTurns: new Turns(),
      askRedis: async (...command) => {
        const client = createClient({ url: redis.url });
        client.on('error', () => undefined);
        await client.connect();
        try {
          return await client.sendCommand(command);
        } finally {
          client.destroy();
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
