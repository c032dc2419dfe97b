/** Notifications are kept for those who are away, numbered without a gap, and read by their user alone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { given, pathsOf, refused, send, type Reply } from './support/wire.js';

describe('notifications over REST', () => {
  let arena: Arena;
  let token: string;
  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
    token = await arena.token('ORGANIZER');
  });
  afterAll(() => arena.close());
  const notify = (user: string, body: unknown, at = 0): Promise<Reply> => send(arena.at(at), 'POST', `/users/${user}/notifications`, { token, body });
  const mine = async (user: string, query = ''): Promise<Reply> => send(arena.at(1), 'GET', `/me/notifications${query}`, { token: await arena.token('PLAYER', user) });
  const seqs = (reply: Reply): number[] => (given(reply)['data'] as { seq: number }[]).map(({ seq }) => seq);

  it('are kept whole, also for a user nobody has heard of', async () => {
    const said = given(await notify('alice', { type: 'call', title: 'Your match', message: 'Table 3 🎮 ｎｏｗ', data: { table: 3, of: [{ id: 'x' }] } }), 201);
    expect(said).toEqual({ userId: 'alice', seq: 1, type: 'call', title: 'Your match', message: 'Table 3 🎮 ｎｏｗ', data: { table: 3, of: [{ id: 'x' }] }, at: expect.any(String) });
    expect(given(await notify('alice', { message: 'plain' }), 201)).toMatchObject({ seq: 2, type: 'message', title: null, data: null });
    expect(given(await mine('alice'))).toEqual({ data: [said, expect.objectContaining({ seq: 2 })], nextCursor: null });
    expect(given(await mine('bob'))).toEqual({ data: [], nextCursor: null });
  });

  it('are numbered 1 to 20 when 20 are posted at once through two instances', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => notify('carol', { message: `m${String(index)}` }, index % 2)));
    expect(replies.map((reply) => given(reply, 201)['seq'] as number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(seqs(await mine('carol'))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(seqs(await mine('carol', '?after=17'))).toEqual([18, 19, 20]);
    expect(seqs(await mine('carol', '?after=20'))).toEqual([]);
    const page = await mine('carol', '?limit=8&after=5');
    expect(seqs(page)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
    expect(seqs(await mine('carol', `?limit=8&cursor=${String(given(page)['nextCursor'])}`))).toEqual([14, 15, 16, 17, 18, 19, 20]);
  });

  it('are not asked for beyond the last, nor from two places at once', async () => {
    for (const message of ['one', 'two']) given(await notify('dora', { message }), 201);
    expect(refused(await mine('dora', '?after=3'), 'CURSOR_AHEAD').details).toEqual({ seq: 2 });
    expect(refused(await mine('nobody-yet', '?after=1'), 'CURSOR_AHEAD').details).toEqual({ seq: 0 });
    expect(seqs(await mine('nobody-yet', '?after=0'))).toEqual([]);
    const { nextCursor } = given(await mine('dora', '?limit=1'));
    expect(seqs(await mine('dora', `?limit=1&cursor=${String(nextCursor)}`))).toEqual([2]);
    expect(pathsOf(refused(await mine('dora', `?after=0&cursor=${String(nextCursor)}`), 'VALIDATION_FAILED'))).toEqual(['cursor']);
  });

  it('are not posted by players or anybody without a token, nor read without one', async () => {
    refused(await send(arena.at(0), 'POST', '/users/alice/notifications', { token: await arena.token('PLAYER'), body: { message: 'm' } }), 'FORBIDDEN');
    refused(await send(arena.at(0), 'POST', '/users/alice/notifications', { body: { message: 'm' } }), 'UNAUTHENTICATED');
    refused(await send(arena.at(0), 'GET', '/me/notifications'), 'UNAUTHENTICATED');
  });

  it.each<[unknown, string]>([[{}, 'message'], [{ message: ' ' }, 'message'], [{ message: 'x'.repeat(2001) }, 'message'], [{ message: 'm', title: '' }, 'title'], [{ message: 'm', type: '' }, 'type'], [{ message: 'm', data: [1] }, 'data'], [{ message: 'm', userId: 'bob' }, 'userId']])('are not %j', async (body, path) => {
    expect(pathsOf(refused(await notify('alice', body), 'VALIDATION_FAILED'))).toEqual([path]);
  });

  it.each(['?after=-1', '?after=x', '?limit=0', '?limit=201', '?seen=1'])('are not asked for with %s', async (query) => {
    refused(await mine('alice', query), 'VALIDATION_FAILED');
  });
});
