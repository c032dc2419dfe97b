import { describe, expect, it } from '@jest/globals';
import { EnvError, parseEnv } from './env.js';

const PASSWORD = 'hunter2-hunter2';
const good = { DATABASE_URL: `postgresql://app:${PASSWORD}@db:5432/grandstand`, JWT_SECRET: 's'.repeat(32) };
const problems = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    parseEnv({ ...good, ...env });
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
};

describe('the environment', () => {
  it('needs a database and a way to check tokens; the rest has defaults', () => {
    expect(parseEnv(good)).toMatchObject({ PORT: 3000, HOST: '0.0.0.0', LOG_LEVEL: 'info', CORS_ORIGINS: [], TRUST_PROXY: ['loopback'], DATABASE_POOL: 10, LEAN_BROADCAST: true });
    expect(problems({ DATABASE_URL: undefined })).toEqual(['DATABASE_URL is not set: it has to be postgresql://user:password@host:5432/database']);
    expect(problems({ JWT_SECRET: undefined })).toEqual([expect.stringContaining('JWT_SECRET is not set: it has to be at least 32 characters long, or JWKS_URL')]);
    expect(problems({ JWT_SECRET: undefined, JWKS_URL: 'https://issuer.example/jwks.json' })).toEqual([]);
  });

  it('takes an empty variable for one that is not set', () => {
    const { PORT, JWKS_URL, REDIS_URL } = parseEnv({ ...good, PORT: '', JWKS_URL: '', REDIS_URL: '' });
    expect([PORT, JWKS_URL, REDIS_URL]).toEqual([3000, undefined, undefined]);
  });

  it.each([
    ['PORT', 'http', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', ' ', 'a whole number from 0 to 65535'],
    ['PORT', '0x50', 'a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'a whole number from 0 to 65535'],
    ['DATABASE_POOL', '0', 'a whole number from 1 to 200'],
    ['PRESENCE_MS', '4000', 'a whole number from 50 to 3000'],
    ['RATE_LOGIN_PER_MIN', '-1', 'a whole number from 1 to 10000000'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['NODE_ENV', 'prod', 'one of development, test, production'],
    ['LEAN_BROADCAST', 'yes', 'one of on, off'],
    ['JWKS_URL', 'issuer', 'https://issuer/.well-known/jwks.json'],
    ['JWKS_URL', 'file:///etc/passwd', 'https://issuer/.well-known/jwks.json'],
    ['ASSETS_BASE_URL', 'cdn.example.org', 'https://cdn.example.org or https://cdn.example.org/grandstand'],
    ['ASSETS_BASE_URL', 'https://cdn.example.org/?v=1', 'https://cdn.example.org or https://cdn.example.org/grandstand'],
    ['CORS_ORIGINS', 'app.example.org', 'an origin such as https://app.example.org, with commas between several'],
    ['CORS_ORIGINS', 'https://app.example.org/', 'an origin such as https://app.example.org, with commas between several'],
    ['CORS_ORIGINS', 'https://a.example,*', 'an origin such as https://app.example.org, with commas between several'],
    ['TRUST_PROXY', 'nginx', 'an address, a network such as 10.0.0.0/8, loopback, linklocal or uniquelocal, with commas between several'],
    ['TRUST_PROXY', '10.0.0.0/33', 'an address, a network such as 10.0.0.0/8, loopback, linklocal or uniquelocal, with commas between several'],
    ['INSTANCE_ID', 'a b', '1 to 64 of A-Z a-z 0-9 _ -'],
  ])('says of %s=%j what it may be', (name, value, may) => {
    expect(problems({ [name]: value })).toEqual([`${name} is "${value}": it has to be ${may}`]);
  });

  it.each([
    ['DATABASE_URL', `mysql://app:${PASSWORD}@db/x`, 'postgresql://user:password@host:5432/database'],
    ['DATABASE_URL', `postgres://app:${PASSWORD}@ db`, 'postgresql://user:password@host:5432/database'],
    ['DATABASE_REPLICA_URL', PASSWORD, 'postgresql://user:password@host:5432/database'],
    ['REDIS_URL', `http://:${PASSWORD}@redis`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis://:${PASSWORD}@redis:99999`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis://:${PASSWORD}%@redis`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis://:${PASSWORD}@redis/main`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis+cluster://app:${PASSWORD}@a:7000,b:x`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis+cluster://app:${PASSWORD}%zz@a:7000`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['REDIS_URL', `redis+sentinel://app:${PASSWORD}@a:26379,,b:26379/primary`, 'redis://host:6379, redis+cluster://a:7000,b:7000 or redis+sentinel://a:26379,b:26379/name'],
    ['JWT_SECRET', PASSWORD, 'at least 32 characters long'],
  ])('shows no secret: %s', (name, value, may) => {
    expect(problems({ [name]: value })).toEqual([`${name} is set (not shown): it has to be ${may}`]);
  });

  it.each(['redis://redis', 'rediss://app:p%40ss@redis:6380/2', 'redis://[::1]:6379/', 'redis+cluster://app:p%40ss@a:7000,[::1]:7000', 'redis+sentinel://a,b:26379/my.primary-1'])('takes a REDIS_URL as they come: %s', (value) => {
    expect(parseEnv({ ...good, REDIS_URL: value }).REDIS_URL).toBe(value);
  });

  it('reads where the assets are in one spelling that cannot end an attribute', () => {
    const read = (value: string) => parseEnv({ ...good, ASSETS_BASE_URL: value }).ASSETS_BASE_URL;
    expect(['https://CDN.example.org', 'https://cdn.example.org/', 'https://cdn.example.org/live//', 'https://cdn.example.org/"><b>'].map(read)).toEqual(['https://cdn.example.org', 'https://cdn.example.org', 'https://cdn.example.org/live', 'https://cdn.example.org/%22%3E%3Cb%3E']);
  });

  it('names every bad variable at once', () => {
    expect(() => parseEnv({ ...good, PORT: 'x', LOG_LEVEL: 'y', REDIS_URL: 'z' })).toThrow(/PORT is "x".*\n.*REDIS_URL is set.*\n.*LOG_LEVEL is "y"/);
  });

  it('reads lists with blanks in them', () => {
    expect(parseEnv({ ...good, CORS_ORIGINS: 'https://a.example , http://localhost:5173,', TRUST_PROXY: '10.0.0.0/8, ::1, loopback' })).toMatchObject({ CORS_ORIGINS: ['https://a.example', 'http://localhost:5173'], TRUST_PROXY: ['10.0.0.0/8', '::1', 'loopback'] });
  });
});
