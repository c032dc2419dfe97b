/** What `npm start` was asked to do: its arguments and its part of the environment, checked once. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EnvError, parseEnv } from '../config/env.js';
import { readToolEnv } from '../tools/tool-env.js';
import { CannotStart } from './say.js';

export interface Options {
  instances: number;
  /** 0: any free one. */
  port: number;
  host: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** undefined outside production: one is made and kept. */
  jwtSecret: string | undefined;
  jwtIssuer: string | undefined;
  jwtAudience: string | undefined;
  production: boolean;
  /** Milliseconds an instance takes to move its sockets over. */
  drainMs: number;
  demo: boolean;
  dataFolder: string;
  dist: string;
}

/** Each keeps about ten connections to a PostgreSQL that takes 300. */
const MAX_INSTANCES = 16;

/** For a Ctrl-C at a desk: sockets are still told, but nobody waits for ten seconds. */
const DEFAULT_DRAIN_MS = '1000';

export const USAGE = `Usage: npm start [-- --instances N]

  --instances N   N instances behind nginx on one address (1)

Environment: PORT (3000), HOST (0.0.0.0), DATABASE_URL, REDIS_URL, JWT_SECRET,
DEMO=off for an empty server, LOG_LEVEL, GRANDSTAND_DATA (.grandstand)`;

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new CannotStart(`${name} is "${text}": it may be a whole number from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

function parseArguments(args: string[]): { instances: string; help: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        instances: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new CannotStart(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function onOrOff(env: NodeJS.ProcessEnv, fallback: boolean): boolean {
  const demo = env['DEMO'] ?? '';
  if (demo === '') return fallback;
  if (['on', 'true', '1', 'yes'].includes(demo)) return true;
  if (['off', 'false', '0', 'no'].includes(demo)) return false;
  throw new CannotStart(`DEMO is "${demo}": it may be on or off.`);
}

/** What the instances would stop at, said before anything is started: by the same rules, in the same words. */
function checkInstancesEnv(env: NodeJS.ProcessEnv): void {
  // Both are there by the time that an instance starts.
  const startedHere = { DATABASE_URL: 'postgresql://started.here/grandstand', JWT_SECRET: 'kept-in-the-data-folder-or-not-needed' };
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  try {
    parseEnv({ ...startedHere, ...given });
  } catch (error) {
    if (error instanceof EnvError) throw new CannotStart(error.message);
    throw error;
  }
}

/** The demo would stop at it without a word, and be started again and again. */
function checkDemoEnv(env: NodeJS.ProcessEnv): void {
  try {
    readToolEnv(env);
  } catch (error) {
    throw new CannotStart(error instanceof Error ? error.message : String(error));
  }
}

/** `undefined`: only help was asked for. */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options | undefined {
  const { instances, help } = parseArguments(args);
  if (help) return undefined;
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const production = env['NODE_ENV'] === 'production';
  const jwtSecret = given('JWT_SECRET');
  if (production && jwtSecret === undefined && given('JWKS_URL') === undefined) {
    throw new CannotStart('NODE_ENV is production and JWT_SECRET is not set: give it at least 32 random characters,\nfor example from `openssl rand -hex 32`, and keep it.');
  }
  const options = {
    instances: wholeNumber('--instances', instances, 1, MAX_INSTANCES),
    port: wholeNumber('PORT', given('PORT') ?? '3000', 0, 65_535),
    host: given('HOST') ?? '0.0.0.0',
    databaseUrl: given('DATABASE_URL'),
    redisUrl: given('REDIS_URL'),
    jwtSecret,
    jwtIssuer: given('JWT_ISSUER'),
    jwtAudience: given('JWT_AUDIENCE'),
    production,
    drainMs: wholeNumber('DRAIN_MS', given('DRAIN_MS') ?? DEFAULT_DRAIN_MS, 0, 300_000),
    demo: onOrOff(env, !production),
    dataFolder: resolve(root, given('GRANDSTAND_DATA') ?? '.grandstand'),
    dist: resolve(root, 'dist'),
  };
  checkInstancesEnv(env);
  if (options.demo) checkDemoEnv(env);
  return options;
}
