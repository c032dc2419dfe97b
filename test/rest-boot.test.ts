/** A bad environment stops the boot and says why; a good one without its parts does not hang. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { startChild } from '../src/parts/child.js';
import { JWT_SECRET } from './arena/arena.js';
import { createDatabase, type TestDatabase } from './arena/database.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('the boot of an instance', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const boot = async (env: Record<string, string>): Promise<{ code: number | null; said: string }> => {
    const child = startChild({ name: 'boot', command: process.execPath, args: [main], env: { PATH: process.env['PATH'], PORT: '0', HOST: '127.0.0.1', DATABASE_URL: database.url, JWT_SECRET, ...env } });
    const timer = setTimeout(() => child.signal('SIGKILL'), 20_000);
    const { code } = await child.exited;
    clearTimeout(timer);
    return { code, said: child.tail() };
  };

  it.each([
    [{ PORT: 'eighty' }, 'PORT is "eighty": it has to be a whole number from 0 to 65535'],
    [{ JWT_SECRET: 'short-and-secret' }, 'JWT_SECRET is set (not shown): it has to be at least 32 characters long'],
    [{ JWT_SECRET: '' }, 'JWT_SECRET is not set'],
    [{ TRUST_PROXY: 'nginx' }, 'TRUST_PROXY is "nginx"'],
    [{ DATABASE_URL: 'sqlite://file' }, 'DATABASE_URL is set (not shown)'],
  ])('stops at %j with one plain message', async (env, message) => {
    const { code, said } = await boot(env);
    expect(code).toBe(78);
    expect(said).toContain('The environment is not usable:');
    expect(said).toContain(message);
    expect(said).not.toContain('short-and-secret');
    expect(said).not.toMatch(/^\s+at /m);
  });

  it('in production needs a secret as well', async () => {
    const { code, said } = await boot({ NODE_ENV: 'production', JWT_SECRET: '' });
    expect(code).toBe(78);
    expect(said).toContain('JWT_SECRET is not set');
  });
});
