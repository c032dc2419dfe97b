/**
 * Real parts for a test to play in: several instances as processes on one
 * PostgreSQL database and one Redis of their own. `npm test` has built `dist`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { Role } from '../../src/contracts/user.js';
import { RestClient } from '../../src/contracts/rest-client.js';
import { ensureNginxBinary, startNginx, type Nginx } from '../../src/parts/nginx.js';
import { ensureRedisBinary, startRedis, type Redis } from '../../src/parts/redis.js';
import { createDatabase } from './database.js';
import { Instance } from './instance.js';

export interface ArenaOptions {
  /** @default 1 */
  instances?: number;
  /** A URL: of a Redis that the test owns. @default true: one of the arena's own */
  redis?: boolean | string;
  /** One address in front of all, `front`; the instances are numbered as its routes know them. @default false */
  nginx?: boolean;
  /** Environment of every instance, on top of the arena's. */
  env?: Record<string, string>;
}

/** A machine that runs other tests beside this one is not an outage; what is one is tested without an arena. */
const PATIENCE_MS = '15000';

export const JWT_SECRET = 'arena-secret-arena-secret-arena-secret';

export interface Arena {
  readonly instances: Instance[];
  readonly redis: Redis;
  readonly databaseUrl: string;
  readonly nginx: Nginx;
  /** The address of nginx. */
  readonly front: string;
  /** The instance by its number; throws rather than answering undefined. */
  at(index: number): Instance;
  token(role: Role, userId?: string, options?: { expiresInS?: number }): Promise<string>;
  /** A caller of the REST surface of instance `index`, as an admin unless told otherwise. */
  rest(index?: number, role?: Role | null, userId?: string): Promise<RestClient>;
  close(): Promise<void>;
}

export function signToken(role: Role, userId: string, expiresInS = 3600): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime(now + expiresInS)
    .sign(new TextEncoder().encode(JWT_SECRET));
}

export async function openArena(options: ArenaOptions = {}): Promise<Arena> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await createDatabase();
    closers.push(() => database.drop());
    let redis: Redis | undefined;
    if (options.redis === undefined || options.redis === true) {
      await ensureRedisBinary();
      redis = await startRedis();
      const started = redis;
      closers.push(() => started.stop());
    }
    const env = { DATABASE_URL: database.url, JWT_SECRET, LOG_LEVEL: 'info', NODE_ENV: 'test', DATABASE_PATIENCE_MS: PATIENCE_MS, ...(redis ? { REDIS_URL: redis.url } : typeof options.redis === 'string' ? { REDIS_URL: options.redis } : {}), ...options.env };
    const names = Array.from({ length: options.instances ?? 1 }, (_, index) => (options.nginx ? String(index + 1) : `arena-${String(index)}`));
    const instances = await Promise.all(names.map((name) => Instance.start(name, env)));
    closers.push(() => Promise.all(instances.map((instance) => instance.stop())));
    let nginx: Nginx | undefined;
    if (options.nginx) {
      await ensureNginxBinary();
      const dir = mkdtempSync(join(tmpdir(), 'grandstand-arena-'));
      closers.push(async () => {
        rmSync(dir, { recursive: true, force: true });
      });
      const started = await startNginx({ host: '127.0.0.1', dir, upstreamPorts: instances.map(({ port }) => port) });
      nginx = started;
      closers.push(() => started.stop());
    }
    const at = (index: number): Instance => {
      const instance = instances[index];
      if (!instance) throw new Error(`the arena has no instance ${String(index)}`);
      return instance;
    };
    const proxy = (): Nginx => {
      if (!nginx) throw new Error('this arena has no nginx');
      return nginx;
    };
    return {
      instances,
      get redis() {
        if (!redis) throw new Error('this arena has no Redis');
        return redis;
      },
      databaseUrl: database.url,
      get nginx() {
        return proxy();
      },
      get front() {
        return `http://127.0.0.1:${String(proxy().port)}`;
      },
      at,
      token: (role, userId = `${role.toLowerCase()}-1`, given = {}) => signToken(role, userId, given.expiresInS),
      rest: async (index = 0, role = 'ADMIN', userId) => new RestClient(at(index).url, role === null ? undefined : await signToken(role, userId ?? `${role.toLowerCase()}-1`)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
