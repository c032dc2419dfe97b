/** What nobody foresaw: an operator renamed a table. Every wire says INTERNAL and nothing of the inside, the log says all, and the process goes on. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { refused, send } from './support/wire.js';

let arena: Arena;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  arena = await openArena({ redis: false });
});
afterAll(async () => {
  for (const close of closers) await close();
  await arena.close();
});

it('answers INTERNAL over REST and socket, keeps the inside to itself, and works again when that is mended', async () => {
  const { matchIds } = await openCup(await arena.rest(0, 'ORGANIZER'));
  const id = matchIds[0] ?? '';
  const instance = arena.at(0);
  const spectator = await Spectator.connect(instance.url);
  closers.push(() => { spectator.close(); });
  const client = new pg.Client(arena.databaseUrl);
  await client.connect();
  closers.push(() => client.end());

  await client.query('alter table matches rename to matches_of_old');
  const reply = await send({ url: instance.url }, 'GET', '/matches?limit=7');
  refused(reply, 'INTERNAL');
  expect(reply.status).toBe(500);
  expect(reply.text).not.toMatch(/relation|select|prisma|matches_of_old/i);
  await until(() => instance.log.some(({ event }) => event === 'request_failed'), 5_000, 'the line about it');
  const line = instance.log.find(({ event }) => event === 'request_failed');
  expect(line).toMatchObject({ code: 'INTERNAL', method: 'GET', route: '/api/v1/matches', requestId: reply.headers.get('x-request-id') });
  expect(JSON.stringify(line)).not.toContain('limit=7');
  const answer = await spectator.ask('join_match', { matchId: id });
  expect(answer).toEqual({ ok: false, error: { code: 'INTERNAL', message: 'Something broke on our side; it has been logged' } });
  // Its line comes over another pipe than the answer.
  await until(() => JSON.stringify(instance.log.filter(({ event }) => event === 'command_failed')).includes('matches'), 5_000, 'the log to say what failed');

  await client.query('alter table matches_of_old rename to matches');
  expect((await send({ url: instance.url }, 'GET', `/matches/${id}`)).status).toBe(200);
  expect((await spectator.join('join_match', { matchId: id })).match).toMatchObject({ id });
  expect(instance.running).toBe(true);
});
