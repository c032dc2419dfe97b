/** Users: who may make them, and that nobody else ever sees an email. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JWT_SECRET, openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Instance } from './arena/instance.js';
import { given, pathsOf, refused, send, type Reply } from './support/wire.js';

const EMAIL = 'pia.secret@example.org';

describe('users over REST', () => {
  let arena: Arena;
  let admin: string;
  let organizer: string;
  beforeAll(async () => {
    // As patient as in production: twenty passwords hashed at once must not pass for an outage.
    arena = await openArena({ redis: false, env: { DATABASE_PATIENCE_MS: '900' } });
    [admin, organizer] = await Promise.all([arena.token('ADMIN'), arena.token('ORGANIZER')]);
  });
  afterAll(() => arena.close());
  const register = (body: unknown, token?: string): Promise<Reply> => send(arena.at(0), 'POST', '/users', { body, token });
  const password = 'correct horse';

  it('register by themselves, as players under an id of the server\'s', async () => {
    const made = given(await register({ username: '  Ｐｉａ 🎯  ', email: 'Register@Example.org', password }), 201);
    expect(made).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), username: 'Ｐｉａ 🎯', role: 'PLAYER', email: 'register@example.org', createdAt: expect.any(String) });
    expect(given(await send(arena.at(0), 'GET', `/users/${String(made['id'])}`, { token: admin }))).toEqual(made);
    refused(await register({ username: 'x', password, id: 'chosen' }), 'FORBIDDEN');
    refused(await register({ username: 'x', password, role: 'ADMIN' }), 'FORBIDDEN');
    refused(await register({ username: 'x' }), 'FORBIDDEN');
  });

  it('are entered by organizers, and made with any role by admins', async () => {
    expect(given(await register({ id: 'entered', username: 'Same name' }, organizer), 201)).toMatchObject({ id: 'entered', role: 'PLAYER' });
    given(await register({ id: 'entered-2', username: 'Same name' }, organizer), 201);
    refused(await register({ id: 'x', username: 'x', password }, organizer), 'FORBIDDEN');
    expect(given(await register({ id: 'boss', username: 'Boss', password, role: 'ADMIN' }, admin), 201)).toMatchObject({ id: 'boss', role: 'ADMIN' });
  });

  it('take neither an id, a login nor an email that is taken, in whatever case', async () => {
    given(await register({ id: 'taken', username: 'Taken', email: 'taken@example.org', password }, admin), 201);
    refused(await register({ id: 'taken', username: 'Other' }, admin), 'ALREADY_EXISTS');
    refused(await register({ username: ' TAKEN ', password }), 'ALREADY_EXISTS');
    refused(await register({ username: 'Other', email: 'Taken@EXAMPLE.org', password }), 'ALREADY_EXISTS');
    const twenty = await Promise.all(Array.from({ length: 20 }, () => register({ username: 'At once', password })));
    expect(twenty.map((reply) => reply.status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
  });

  it('who register in a crowd, each with a key of its own, keep no score waiting and no probe from the truth', async () => {
    const crowded = await Instance.start('crowded', { DATABASE_URL: arena.databaseUrl, JWT_SECRET, NODE_ENV: 'test', DATABASE_POOL: '2', RATE_WRITE_PER_10S: '100000' });
    try {
      const { matchIds } = await openCup(await arena.rest(0, 'ADMIN'));
      // What a server does first it does slowly: its code is not compiled yet, its connections not made.
      for (const index of [1, 2]) {
        given(await send(crowded, 'POST', '/users', { body: { username: `Early ${String(index)}`, password }, headers: { 'idempotency-key': `early-${String(index)}` } }), 201);
        given(await send(crowded, 'PUT', `/matches/${matchIds[0]!}/score`, { token: admin, body: { homeScore: 0, awayScore: index } }));
      }
      const over = new AbortController();
      const crowd = Promise.all(Array.from({ length: 60 }, (_, index) => send(crowded, 'POST', '/users', { body: { username: `Crowd ${String(index)}`, password }, headers: { 'idempotency-key': `crowd-${String(index)}` } }))).finally(() => {
        over.abort();
      });
      const waited: number[] = [];
      while (!over.signal.aborted) {
        const began = performance.now();
        const [score, ready] = await Promise.all([send(crowded, 'PUT', `/matches/${matchIds[0]!}/score`, { token: admin, body: { homeScore: waited.length, awayScore: 0 } }), send(crowded, 'GET', '//health/ready')]);
        waited.push(performance.now() - began);
        given(score);
        given(ready);
      }
      for (const reply of await crowd) given(reply, 201);
      // Sixty passwords take a second and more; with connections held meanwhile, one score took as long as all of them.
      expect(waited.length).toBeGreaterThan(10);
      const replay = await send(crowded, 'POST', '/users', { body: { username: 'Crowd 7', password }, headers: { 'idempotency-key': 'crowd-7' } });
      expect([replay.status, replay.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
      refused(await send(crowded, 'POST', '/users', { body: { username: 'Crowd 8', password }, headers: { 'idempotency-key': 'crowd-7' } }), 'IDEMPOTENCY_KEY_REUSED');
    } finally {
      await crowded.stop();
    }
  });

  it.each<[unknown, string]>([[{ password }, 'username'], [{ username: '', password }, 'username'], [{ username: 'x', password: 'short' }, 'password'], [{ username: 'x', password: 'p'.repeat(201) }, 'password'], [{ username: 'x', email: 'no-email', password }, 'email'], [{ username: 'x', role: 'GOD' }, 'role'], [{ username: 'x', passwordHash: 'x' }, 'passwordHash']])('are not made of %j', async (body, path) => {
    expect(pathsOf(refused(await register(body, admin), 'VALIDATION_FAILED'))).toEqual([path]);
  });

  it('show their email to themselves and to admins, and to nobody else on any route', async () => {
    given(await register({ id: 'pia', username: 'Pia', email: EMAIL, password }, admin), 201);
    const cup = await openCup(await arena.rest(0, 'ADMIN'));
    const match = cup.matchIds[0]!;
    given(await send(arena.at(0), 'POST', `/tournaments/${cup.id}/participants`, { token: admin, body: { id: 'pia', name: 'Pia', userId: 'pia' } }), 201);
    given(await send(arena.at(0), 'POST', `/tournaments/${cup.id}/staff`, { token: admin, body: { userId: 'pia', role: 'referee' } }), 201);
    given(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token: admin, body: { lines: [{ userId: 'pia', participantId: 'home', stats: { kills: 3, deaths: 1 } }] } }));
    given(await send(arena.at(0), 'POST', '/users/pia/notifications', { token: admin, body: { message: 'm' } }), 201);

    const own = await arena.token('PLAYER', 'pia');
    expect(given(await send(arena.at(0), 'GET', '/users/pia', { token: own }))['email']).toBe(EMAIL);
    expect(given(await send(arena.at(0), 'GET', '/users/pia', { token: admin }))['email']).toBe(EMAIL);
    const paths = [
      '/users/pia', '/tournaments', `/tournaments/${cup.id}`, `/tournaments/${cup.id}/participants`, `/tournaments/${cup.id}/standings`, `/tournaments/${cup.id}/matches`, '/matches', `/matches/${match}`, `/matches/${match}/events`,
      '/analytics/top-players?stat=kills', '/analytics/players/pia/kda', '/monitoring/websocket/stats', '//metrics',
    ];
    for (const token of [undefined, organizer, await arena.token('PLAYER', 'sam')]) {
      for (const path of paths) {
        const { status, text } = await send(arena.at(0), 'GET', path, { token });
        expect([path, status, /secret|email|password/i.exec(text)?.[0]]).toEqual([path, 200, undefined]);
      }
    }
    const staff = await send(arena.at(0), 'GET', `/tournaments/${cup.id}/staff`, { token: admin });
    expect([staff.status, staff.text.includes(EMAIL)]).toEqual([200, false]);
    refused(await send(arena.at(0), 'GET', '/users/nobody'), 'NOT_FOUND');
  });
});
