/** The budget of a caller: said in every answer, refused when it is spent, back when its window is over. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { until } from './arena/until.js';
import { given, refused, send, type Reply } from './support/wire.js';

const left = (reply: Reply): [policy: string | undefined, remaining: number, seconds: number] => {
  const [, policy, remaining, seconds] = /^"(\w+)";r=(\d+);t=(\d+)$/.exec(reply.headers.get('ratelimit') ?? '') ?? [];
  return [policy, Number(remaining), Number(seconds)];
};

describe('rate limits', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ redis: false, env: { RATE_READ_PER_10S: '6', RATE_WRITE_PER_10S: '4', RATE_LOGIN_PER_MIN: '3' } });
  });
  afterAll(() => arena.close());
  const read = async (user?: string, path = '/games'): Promise<Reply> => send(arena.at(0), 'GET', path, user === undefined ? {} : { token: await arena.token('ORGANIZER', user) });
  const write = async (user: string, headers: Record<string, string> = {}): Promise<Reply> => send(arena.at(0), 'POST', '/users/somebody/notifications', { token: await arena.token('ORGANIZER', user), body: { message: 'm' }, headers });

  it('count down, and end in 429 with the time to wait', async () => {
    for (let remaining = 5; remaining >= 0; remaining -= 1) {
      const reply = await read('anna');
      expect(reply.headers.get('ratelimit-policy')).toBe('"read";q=6;w=10');
      expect(left(reply).slice(0, 2)).toEqual(['read', remaining]);
    }
    const limited = await read('anna');
    refused(limited, 'RATE_LIMITED');
    const wait = Number(limited.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);
    expect(left(limited)).toEqual(['read', 0, wait]);
    await until(async () => (await read('anna')).status === 200, 15_000, 'a new window');
  });

  it('are of each caller alone, and of reading and writing apart', async () => {
    for (let index = 0; index < 4; index += 1) expect(left(await write('bert')).slice(0, 2)).toEqual(['write', 3 - index]);
    refused(await write('bert'), 'RATE_LIMITED');
    given(await read('bert'));
    given(await write('carl'), 201);
    given(await read());
  });

  it('charge what is dear more', async () => {
    expect(left(await read('dora', '/analytics/top-players?stat=kills')).slice(0, 2)).toEqual(['read', 4]);
  });

  it('charge strangers for a password what it costs, and organizers for entering players as for any write', async () => {
    const register = (body: unknown, token?: string): Promise<Reply> => send(arena.at(0), 'POST', '/users', { token, body });
    // Dearer than all of this small budget: the first is let through, and takes it all.
    expect(left(await register({ username: 'Nina', password: 'correct horse' })).slice(0, 2)).toEqual(['write', 0]);
    refused(await register({ username: 'Nora', password: 'correct horse' }), 'RATE_LIMITED');
    const player = await arena.token('PLAYER', 'pete');
    given(await register({ username: 'Pete II', password: 'correct horse' }, player), 201);
    refused(await register({ username: 'Pete III', password: 'correct horse' }, player), 'RATE_LIMITED');
    expect(left(await register({ username: 'Entered' }, await arena.token('ORGANIZER', 'olga'))).slice(0, 2)).toEqual(['write', 3]);
  });

  it('count refused calls and replays, and stand in their answers', async () => {
    expect(left(await read('emil', '/matches/nope'))).toEqual(['read', 5, expect.any(Number)]);
    expect(left(await read('emil', '/matches/not%20an%20id')).slice(0, 2)).toEqual(['read', 4]);
    const headers = { 'idempotency-key': 'same' };
    await write('emil', headers);
    const replay = await write('emil', headers);
    expect([replay.headers.get('idempotency-replayed'), left(replay)[1]]).toEqual(['true', 2]);
  });

  it('hold back who tries passwords', async () => {
    const login = (): Promise<Reply> => send(arena.at(0), 'POST', '/auth/login', { body: { username: 'nobody', password: 'wrong' } });
    for (let index = 0; index < 3; index += 1) refused(await login(), 'CREDENTIALS_INVALID');
    const limited = await login();
    refused(limited, 'RATE_LIMITED');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(10);
  });

  it('do not stand between an operator and the health of the server', async () => {
    for (let index = 0; index < 20; index += 1) {
      given(await send(arena.at(0), 'GET', '//health/ready'));
      expect((await send(arena.at(0), 'GET', '//metrics')).status).toBe(200);
    }
  });
});
