/** API keys: what each scope opens and all else stays shut, revoked at once, expired in time, hashed in the table. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { Scope } from '../src/contracts/auth.js';
import { given, pathsOf, refused, send, type Reply } from './support/wire.js';

describe('an API key', () => {
  let arena: Arena;
  let token: string;
  let cup: Cup;
  let match: string;
  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
    token = await arena.token('ORGANIZER', 'olga');
    cup = await openCup(await arena.rest(0, 'ORGANIZER', 'olga'));
    match = cup.matchIds[0]!;
    given(await send(arena.at(0), 'POST', '/users', { token, body: { id: 'pia', username: 'Pia' } }), 201);
  });
  afterAll(() => arena.close());
  const create = (body: unknown, as = token): Promise<Reply> => send(arena.at(0), 'POST', '/api-keys', { token: as, body });
  const keyFor = async (...scopes: Scope[]): Promise<string> => given(await create({ name: 'k', scopes }), 201)['key'] as string;
  const score = (key: string, at = 0): Promise<Reply> => send(arena.at(at), 'PUT', `/matches/${match}/score`, { token: key, body: { homeScore: 1, awayScore: 0 } });

  it('is shown once, with what it may do', async () => {
    const made = given(await create({ id: 'scorer', name: ' Scorer ', scopes: ['scores:write', 'scores:write'], expiresAt: '2099-01-01T00:00:00+01:00' }), 201);
    expect(made).toEqual({ id: 'scorer', name: 'Scorer', scopes: ['scores:write'], role: 'ORGANIZER', key: expect.stringMatching(/^gs_scorer\.[\w-]{43}$/), createdAt: expect.any(String), expiresAt: '2098-12-31T23:00:00.000Z' });
    refused(await create({ id: 'scorer', name: 'Again', scopes: ['scores:write'] }), 'ALREADY_EXISTS');
    refused(await create({ name: 'Late', scopes: ['scores:write'], expiresAt: '2020-01-01T00:00:00Z' }), 'UNPROCESSABLE');
    expect(pathsOf(refused(await create({ name: 'None', scopes: [] }), 'VALIDATION_FAILED'))).toEqual(['scopes']);
    expect(pathsOf(refused(await create({ name: 'All', scopes: ['*'] }), 'VALIDATION_FAILED'))).toEqual(['scopes.0']);
    refused(await create({ name: 'n', scopes: ['scores:write'] }, await arena.token('PLAYER')), 'FORBIDDEN');
    refused(await create({ name: 'n', scopes: ['scores:write'] }, await keyFor(...Scope.options)), 'FORBIDDEN');
  });

  it('opens what its scope says, and nothing else', async () => {
    const calls: Record<Scope, [method: string, path: string, body: unknown, status: number]> = {
      'tournaments:write': ['POST', '/tournaments', { name: 'n', game: 'CSGO' }, 201],
      'matches:write': ['POST', `/tournaments/${cup.id}/matches`, { homeParticipantId: 'home', awayParticipantId: 'away' }, 201],
      'scores:write': ['PUT', `/matches/${match}/score`, { homeScore: 2, awayScore: 0 }, 200],
      'stats:write': ['PUT', `/matches/${match}/stats`, { lines: [{ userId: 'pia', participantId: 'home', stats: { kills: 1 } }] }, 200],
      'users:write': ['POST', '/users', { username: 'Entered by key' }, 201],
      'notifications:write': ['POST', '/users/pia/notifications', { message: 'm' }, 201],
    };
    for (const scope of Scope.options) {
      const key = await keyFor(scope);
      for (const [wanted, [method, path, body, status]] of Object.entries(calls)) {
        const reply = await send(arena.at(0), method, path, { token: key, body });
        if (wanted === scope) given(reply, status);
        else refused(reply, 'FORBIDDEN');
      }
      for (const path of ['/tournaments', `/matches/${match}`, '/users/pia']) given(await send(arena.at(0), 'GET', path, { token: key }));
      for (const path of ['/me/notifications', `/tournaments/${cup.id}/staff`]) refused(await send(arena.at(0), 'GET', path, { token: key }), 'FORBIDDEN');
    }
  });

  it('hears no notification of its owner, whose own token does', async () => {
    const owner = await arena.token('ORGANIZER', 'nora');
    const key = given(await create({ name: 'k', scopes: ['scores:write'] }, owner), 201)['key'] as string;
    const [byKey, herself] = await Promise.all([Spectator.connect(arena.at(1).url, { token: key }), Spectator.connect(arena.at(1).url, { token: owner })]);
    for (const message of ['one', 'two']) given(await send(arena.at(1), 'POST', '/users/nora/notifications', { token: owner, body: { message } }), 201);
    await until(() => herself.of('notification').length === 2, 5_000, 'both notifications');
    // What is asked now is answered after anything that was sent before.
    await byKey.join('join_match', match);
    expect(byKey.of('notification')).toEqual([]);
    for (const spectator of [byKey, herself]) spectator.close();
  });

  it('acts for its owner, in what is theirs alone', async () => {
    const key = given(await create({ name: 'k', scopes: ['scores:write'] }, await arena.token('ORGANIZER', 'other')), 201)['key'] as string;
    refused(await score(key), 'FORBIDDEN');
  });

  it('of an admin has its scope, not the admin\'s eyes', async () => {
    const admin = await arena.token('ADMIN', 'ada');
    const keyOf = async (...scopes: Scope[]): Promise<string> => given(await create({ name: 'k', scopes }, admin), 201)['key'] as string;
    const key = await keyOf(...Scope.options);
    const get = (path: string, as: string): Promise<Reply> => send(arena.at(0), 'GET', path, { token: as });
    given(await send(arena.at(0), 'POST', '/users', { token: admin, body: { id: 'ada', username: 'Ada', email: 'ada@example.org', password: 'correct horse', role: 'ADMIN' } }), 201);
    given(await send(arena.at(0), 'POST', '/users', { token: admin, body: { id: 'eve', username: 'Eve', email: 'eve@example.org' } }), 201);
    for (const id of ['eve', 'ada']) {
      expect(given(await get(`/users/${id}`, admin))['email']).toBe(`${id}@example.org`);
      expect(given(await get(`/users/${id}`, key))).not.toHaveProperty('email');
    }

    // Somebody else's private tournament is not there for it; its owner's own is, to be scored.
    const theirs = await openCup(await arena.rest(0, 'ORGANIZER', 'olga'), { visibility: 'private' });
    const own = await openCup(await arena.rest(0, 'ADMIN', 'ada'), { visibility: 'private' });
    for (const path of [`/tournaments/${theirs.id}`, `/tournaments/${theirs.id}/standings`, `/matches/${theirs.matchIds[0]!}`, `/matches/${theirs.matchIds[0]!}/events`]) {
      given(await get(path, admin));
      refused(await get(path, key), 'NOT_FOUND');
    }
    const listed = async (as: string): Promise<unknown[]> => (given(await get('/tournaments?limit=200', as))['data'] as { id: string }[]).map(({ id }) => id);
    expect(await listed(admin)).toEqual(expect.arrayContaining([theirs.id, own.id]));
    expect(await listed(key)).toContain(own.id);
    expect(await listed(key)).not.toContain(theirs.id);
    const put = (id: string): Promise<Reply> => send(arena.at(0), 'PUT', `/matches/${id}/score`, { token: key, body: { homeScore: 1, awayScore: 0 } });
    given(await put(own.matchIds[0]!));
    given(await put(match));
    refused(await put(theirs.matchIds[0]!), 'NOT_FOUND');

    // Nor does it make who could do more than itself.
    const register = (body: unknown, as: string): Promise<Reply> => send(arena.at(0), 'POST', '/users', { token: as, body });
    refused(await register({ username: 'Boss', password: 'correct horse', role: 'ADMIN' }, key), 'FORBIDDEN');
    refused(await register({ id: 'olga', username: 'Olga', password: 'correct horse' }, key), 'FORBIDDEN');
    given(await register({ id: 'entered', username: 'Entered' }, key), 201);
  });

  it('sees of the sockets what everybody sees, also an admin\'s', async () => {
    const key = given(await create({ name: 'k', scopes: ['scores:write'] }, await arena.token('ADMIN', 'ada')), 201)['key'] as string;
    const spectator = await Spectator.connect(arena.at(0).url, { token: await arena.token('PLAYER', 'pia') });
    try {
      const rooms = async (as: string): Promise<string[]> => (given(await send(arena.at(0), 'GET', '/monitoring/websocket/stats', { token: as }))['rooms'] as { room: string }[]).map(({ room }) => room);
      const admin = await arena.token('ADMIN', 'ada');
      await until(async () => (await rooms(admin)).includes('user:pia'), 10_000, 'the room of pia');
      expect(await rooms(key)).not.toContain('user:pia');
    } finally {
      spectator.close();
    }
  });

  it('names nobody to a tournament\'s staff, which could do more than the key', async () => {
    const key = await keyFor('tournaments:write');
    for (const role of ['owner', 'referee']) refused(await send(arena.at(0), 'POST', `/tournaments/${cup.id}/staff`, { token: key, body: { userId: 'sam', role } }), 'FORBIDDEN');
  });

  it('is dead at once when it is revoked, on every instance', async () => {
    const made = given(await create({ name: 'k', scopes: ['scores:write'] }), 201) as { id: string; key: string };
    given(await score(made.key, 1));
    const revoke = (as: string): Promise<Reply> => send(arena.at(0), 'DELETE', `/api-keys/${made.id}`, { token: as });
    refused(await revoke(await arena.token('ORGANIZER', 'other')), 'NOT_FOUND');
    refused(await revoke(made.key), 'FORBIDDEN');
    const gone = await revoke(token);
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const at of [0, 1]) refused(await score(made.key, at), 'TOKEN_INVALID');
    refused(await revoke(token), 'NOT_FOUND');
    const another = given(await create({ name: 'k', scopes: ['scores:write'] }), 201) as { id: string };
    expect((await send(arena.at(0), 'DELETE', `/api-keys/${another.id}`, { token: await arena.token('ADMIN') })).status).toBe(204);
  });

  it('expires', async () => {
    const expiresAt = new Date(Date.now() + 2_500).toISOString();
    const key = given(await create({ name: 'k', scopes: ['scores:write'], expiresAt }), 201)['key'] as string;
    given(await score(key));
    await until(async () => (await score(key)).status === 401, 15_000, 'the end of the key');
    refused(await score(key), 'TOKEN_EXPIRED');
  });

  it('is not found by its id with another secret, nor by its secret with another id', async () => {
    const [one, two] = [await keyFor('scores:write'), await keyFor('scores:write')];
    const [idOne, secretOne] = one.split('.');
    const [idTwo, secretTwo] = two.split('.');
    for (const forged of [`${idOne!}.${secretTwo!}`, `${idTwo!}.${secretOne!}`, `${idOne!}.`, idOne!, `gs_.${secretOne!}`, `${one}x`, one.slice(0, -1), `${one}.more`]) refused(await score(forged), 'TOKEN_INVALID');
    given(await score(one));
  });
});
