/**
 * The environment, parsed once. A bad value stops the boot with the variable's
 * name, what it was, and what it may be. No other file reads `process.env`.
 */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseRedisAddress } from './redis-address.js';

/** Digits alone: `Number` would take ' ' for 0, and '0x10' and '1e3' for what nobody meant. */
const whole = (min: number, max: number) => {
  const may = `a whole number from ${String(min)} to ${String(max)}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error: may, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, may);
};
const port = whole(0, 65_535);
const ms = whole;
const count = whole;
const oneOf = <const Word extends string>(...words: readonly Word[]) => z.enum(words, { error: `one of ${words.join(', ')}` });
const onOff = oneOf('on', 'off').transform((value) => value === 'on');
const url = (protocols: RegExp, may: string) => z.string({ error: may }).refine((value) => protocols.test(value) && URL.canParse(value), may);
const REDIS_URL_MAY = 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name';
const isRedisUrl = (value: string): boolean => {
  try {
    parseRedisAddress(value);
    return true;
  } catch {
    return false;
  }
};
const postgresUrl = url(/^postgres(ql)?:\/\//, 'postgresql://user:password@host:5432/database');
const listOf = (isItem: (item: string) => boolean, may: string) =>
  z
    .string()
    .transform((value) => value.split(',').map((item) => item.trim()).filter(Boolean))
    .refine((items) => items.every(isItem), `${may}, with commas between several`);
/** As a browser sends it in `Origin`: nothing after the port. */
const isOrigin = (item: string): boolean => /^https?:\/\//.test(item) && URL.canParse(item) && new URL(item).origin === item;
const ASSETS_BASE_MAY = 'https://cdn.example.org or https://cdn.example.org/grandstand';
const isAssetsBase = (value: string): boolean => /^https?:\/\/[^?#@\s]+$/.test(value) && URL.canParse(value);
const isProxy = (item: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true;
  const [address = '', bits, ...rest] = item.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)));
};

const Env = z
  .object({
    NODE_ENV: oneOf('development', 'test', 'production').default('development'),
    PORT: port.default(3000),
    HOST: z.string().min(1).default('0.0.0.0'),
    DATABASE_URL: postgresUrl,
    DATABASE_REPLICA_URL: postgresUrl.optional(),
    DATABASE_POOL: count(1, 200).default(10),
    DATABASE_PATIENCE_MS: ms(100, 60_000).default(900),
    LONG_TRANSACTION_MS: ms(100, 86_400_000).default(60_000),
    REDIS_URL: z.string({ error: REDIS_URL_MAY }).regex(/^(rediss?:\/\/\S+|redis\+cluster:\/\/[^\s/]+|redis\+sentinel:\/\/[^\s/]+\/[\w.-]+)$/, { error: REDIS_URL_MAY, abort: true }).refine(isRedisUrl, REDIS_URL_MAY).optional(),
    JWT_SECRET: z.string().min(32, 'at least 32 characters long').optional(),
    /** Asked of every token, and put into those made here. */
    JWT_ISSUER: z.string().max(400).optional(),
    JWT_AUDIENCE: z.string().max(400).optional(),
    JWKS_URL: url(/^https?:\/\//, 'https://issuer/.well-known/jwks.json').optional(),
    /** Without a slash at the end, in the spelling that may stand in HTML. */
    ASSETS_BASE_URL: z.string().refine(isAssetsBase, { error: ASSETS_BASE_MAY, abort: true }).transform((value) => new URL(value).href.replace(/\/+$/, '')).optional(),
    CORS_ORIGINS: listOf(isOrigin, 'an origin such as https://app.example.org').default([]),
    LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
    INSTANCE_ID: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -').default(() => randomUUID().slice(0, 8)),
    TRUST_PROXY: listOf(isProxy, 'an address, a network such as 10.0.0.0/8, loopback, linklocal or uniquelocal').default(['loopback']),
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
      context.addIssue({ code: 'custom', path: ['JWT_SECRET'], message: 'at least 32 characters long, or JWKS_URL has to name an outside issuer: without either anybody could sign tokens', input: undefined });
    }
  });

export type Config = Readonly<z.output<typeof Env>>;

/** All that there are: what else a deployment sets is a mistake. */
export const ENV_NAMES: readonly string[] = Object.keys(Env.shape);

/** Says which variable is wrong, what it was (never a secret's value), and what it may be. */
export class EnvError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'EnvError';
  }
}

/** Hold passwords. */
const SECRET = new Set(['DATABASE_URL', 'DATABASE_REPLICA_URL', 'REDIS_URL', 'JWT_SECRET']);

export function parseEnv(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Env.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EnvError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const value = given[name];
      const was = value === undefined ? 'is not set' : SECRET.has(name) ? 'is set (not shown)' : `is "${value}"`;
      return `${name} ${was}: it has to be ${issue.message}`;
    }),
  );
}

export const CONFIG = Symbol('config');
