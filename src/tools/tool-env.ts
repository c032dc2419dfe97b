/**
 * Where the server is and with which token: from the command line, else the
 * environment, else what `npm start` left in this checkout's data folder. The
 * one place where the tools and the simulator read `process.env`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { developmentToken } from './development-token.js';

type Variables = Record<string, string | undefined>;

const TOKEN_FOR = 12 * 60 * 60;
/** From src/tools as well as from dist/tools. */
const checkout = fileURLToPath(new URL('../..', import.meta.url));

export interface ToolEnv {
  url: string;
  /** Absent: the secret of this checkout's server is used, see `tokenFor`. */
  token: string | undefined;
  jwtSecret: string | undefined;
  jwtIssuer: string | undefined;
  jwtAudience: string | undefined;
  /** For the tools that write to a database themselves. */
  databaseUrl: string | undefined;
  demoSeed: string;
  demoSpeed: number;
}

export function readToolEnv(env: Variables = process.env): ToolEnv {
  const value = (name: string) => env[name]?.trim() || undefined;
  const secretFile = resolve(checkout, value('GRANDSTAND_DATA') ?? '.grandstand', 'jwt-secret');
  const speed = Number(value('DEMO_SPEED') ?? 1);
  if (!(speed > 0 && speed <= 1000)) throw new Error(`DEMO_SPEED is "${String(value('DEMO_SPEED'))}": a number above 0, up to 1000 (1 is the usual pace)`);
  return {
    url: addressOf(value('GRANDSTAND_URL') ?? `http://127.0.0.1:${value('PORT') ?? '3000'}`),
    token: value('GRANDSTAND_TOKEN'),
    jwtSecret: value('JWT_SECRET') ?? (existsSync(secretFile) ? readFileSync(secretFile, 'utf8').trim() : undefined),
    jwtIssuer: value('JWT_ISSUER'),
    jwtAudience: value('JWT_AUDIENCE'),
    databaseUrl: value('DATABASE_URL'),
    demoSeed: value('DEMO_SEED') ?? 'grandstand',
    demoSpeed: speed,
  };
}

/** A server's address as its user gave it, without a path: all below it is the server's own. */
export function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw new Error(`"${text}" is no server's address, such as http://127.0.0.1:3000 (--url, GRANDSTAND_URL, PORT)`);
  return url.origin;
}

/** The token given, else one signed as the development organizer with the secret that `npm start` keeps. */
export async function tokenFor(given: string | undefined, env: ToolEnv): Promise<string> {
  const token = given ?? env.token;
  if (token !== undefined) return token;
  if (env.jwtSecret === undefined) {
    throw new Error('No token: give --token, or set GRANDSTAND_TOKEN, or run this in the checkout whose `npm start` made the server (it keeps its secret in .grandstand/)');
  }
  return developmentToken({ secret: env.jwtSecret, issuer: env.jwtIssuer, audience: env.jwtAudience }, TOKEN_FOR);
}

/** A file as its user meant it: npm runs scripts in the package's folder, not where the user stands. */
export function pathFromUser(path: string, env: Variables = process.env): string {
  if (isAbsolute(path)) return path;
  const standing = resolve(env['INIT_CWD'] ?? '.', path);
  return existsSync(standing) ? standing : resolve(path);
}
