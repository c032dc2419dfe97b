/**
 * The environment, parsed once. A bad value stops the boot with the variable's
 * name, what it was, and what it may be. No other file reads `process.env`.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const ms = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const list = z.string().transform((value) => value.split(',').map((item) => item.trim()).filter(Boolean));

const Env = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
    PORT: port.default(3000),
    HOST: z.string().min(1).default('0.0.0.0'),
    DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'postgresql://user:password@host:5432/database'),
    DATABASE_REPLICA_URL: z.string().regex(/^postgres(ql)?:\/\//, 'postgresql://user:password@host:5432/database').optional(),
    DATABASE_POOL: count(1, 200).default(10),
    REDIS_URL: z.string().regex(/^rediss?:\/\//, 'redis://host:6379').optional(),
    JWT_SECRET: z.string().min(32, 'at least 32 characters').optional(),
    JWKS_URL: z.url().optional(),
    CORS_ORIGINS: list.default([]),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    INSTANCE_ID: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -').default(() => randomUUID().slice(0, 8)),
    TRUST_PROXY: list.default(['loopback']),
    PING_INTERVAL_MS: ms(100, 300_000).default(30_000),
    PING_TIMEOUT_MS: ms(100, 300_000).default(20_000),
    HEARTBEAT_MS: ms(100, 60_000).default(5_000),
    LOG_TAIL_MS: ms(50, 60_000).default(1_000),
    PRESENCE_MS: ms(50, 3_000).default(1_000),
    DRAIN_MS: ms(0, 300_000).default(10_000),
    ROOM_SHARD_SIZE: count(1, 1_000_000).default(10_000),
    SLOW_READER_BUDGET_BYTES: count(1_024, 1 << 30).default(256 * 1024),
    SLOW_READER_CLOSE_MS: ms(100, 3_600_000).default(30_000),
    LEAN_BROADCAST: onOff.default(true),
    CATCH_UP_MAX: count(1, 5_000).default(500),
    RATE_READ_PER_10S: count(1, 10_000_000).default(2_000),
    RATE_WRITE_PER_10S: count(1, 10_000_000).default(3_000),
    RATE_LOGIN_PER_MIN: count(1, 10_000_000).default(20),
    RATE_SOCKET_PER_10S: count(1, 10_000_000).default(200),
  })
  .superRefine((env, context) => {
    if (env.JWT_SECRET === undefined && env.JWKS_URL === undefined) {
      context.addIssue({ code: 'custom', path: ['JWT_SECRET'], message: 'at least 32 characters, or JWKS_URL for an outside issuer; without one anybody could sign tokens', input: undefined });
    }
  });

export type Config = Readonly<z.output<typeof Env>>;

/** Says which variable is wrong, what it was (never a secret's value), and what it may be. */
export class EnvError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'EnvError';
  }
}

const SECRET = /SECRET|DATABASE|REDIS/;

export function parseEnv(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Env.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EnvError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const value = given[name];
      const was = value === undefined ? 'is not set' : SECRET.test(name) ? 'is set, but' : `is "${value}"`;
      return `${name} ${was}: ${issue.message}`;
    }),
  );
}

export const CONFIG = Symbol('config');
