/** The same write sent again: answered as the first time, done once, whoever asks, wherever, and after a restart. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { given, refused, send, type Reply } from './support/wire.js';

describe('an Idempotency-Key', () => {
  let arena: Arena;
  let token: string;
  let match: string;
  let keys = 0;
  const newKey = (): string => `key-${String((keys += 1))}`;
  const score = (key: string, homeScore: number, options: { at?: number; ifMatch?: string; as?: string } = {}): Promise<Reply> =>
    send(arena.at(options.at ?? 0), 'PUT', `/matches/${match}/score`, { token: options.as ?? token, body: { homeScore, awayScore: 0 }, headers: { 'idempotency-key': key, ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }) } });
  const seq = async (): Promise<number> => (await (await arena.rest()).call(api.getMatch, { params: { id: match } })).seq;
  const replays = (reply: Reply, first: Reply): void => {
    expect(first.text === '' || first.status < 300 ? '' : first.text).toBe('');
    expect(reply.headers.get('idempotency-replayed')).toBe('true');
    expect([reply.status, reply.body, reply.headers.get('etag'), reply.headers.get('content-type')]).toEqual([first.status, first.body, first.headers.get('etag'), first.headers.get('content-type')]);
  };
  const sql = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new pg.Client(arena.databaseUrl);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
    token = await arena.token('ADMIN');
    match = (await openCup(await arena.rest())).matchIds[0]!;
  });
  afterAll(() => arena.close());

  it('makes a write count once, and its replay say what the first said, on either instance', async () => {
    const key = newKey();
    const first = await score(key, 3);
    const at = given(first)['seq'];
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    await score(newKey(), 4);
    replays(await score(key, 3), first);
    replays(await score(key, 3, { at: 1 }), first);
    expect(await seq()).toBe((at as number) + 1);
  });

  it('is refused with another body, route, method or If-Match', async () => {
    const key = newKey();
    const first = await score(key, 5);
    refused(await score(key, 6), 'IDEMPOTENCY_KEY_REUSED');
    refused(await score(key, 5, { ifMatch: first.headers.get('etag')! }), 'IDEMPOTENCY_KEY_REUSED');
    refused(await send(arena.at(0), 'POST', `/matches/${match}/corrections`, { token, body: { homeScore: 5, reason: 'r' }, headers: { 'idempotency-key': key } }), 'IDEMPOTENCY_KEY_REUSED');
    refused(await send(arena.at(0), 'POST', `/matches/${match}/cancel`, { token, body: {}, headers: { 'idempotency-key': key } }), 'IDEMPOTENCY_KEY_REUSED');
  });

  it('used ten times at once, over two instances, makes one event and ten equal answers', async () => {
    const key = newKey();
    const before = await seq();
    const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => score(key, 9, { at: index % 2 })));
    expect(replies.map((reply) => reply.status)).toEqual(Array<number>(10).fill(200));
    expect(new Set(replies.map((reply) => JSON.stringify(Object.entries(given(reply)).sort())))).toHaveProperty('size', 1);
    expect(replies.filter((reply) => reply.headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await seq()).toBe(before + 1);
  });

  it('outlives the instance', async () => {
    const key = newKey();
    const first = await score(key, 11);
    await arena.at(0).kill();
    await arena.at(0).boot();
    replays(await score(key, 11), first);
  });

  it('belongs to whoever used it: two users do not meet in one key', async () => {
    const key = newKey();
    const mine = await score(key, 12);
    const theirs = await score(key, 13, { as: await arena.token('ADMIN', 'admin-2') });
    expect(theirs.headers.get('idempotency-replayed')).toBeNull();
    expect(given(theirs)['seq']).toBe((given(mine)['seq'] as number) + 1);
  });

  it('of a write that was refused is not used up', async () => {
    const key = newKey();
    refused(await score(key, 14, { ifMatch: '"1"' }), 'STALE');
    const current = await seq();
    expect(given(await score(key, 15, { ifMatch: `"${String(current)}"` }))).toMatchObject({ homeScore: 15, seq: current + 1 });
    refused(await score(key, 14, { ifMatch: '"1"' }), 'IDEMPOTENCY_KEY_REUSED');
  });

  it('of a conditional write is answered as the first time, although the match has moved on', async () => {
    const key = newKey();
    const ifMatch = `"${String(await seq())}"`;
    const first = await score(key, 16, { ifMatch });
    await score(newKey(), 17);
    replays(await score(key, 16, { ifMatch }), first);
  });

  it.each([
    ['POST', '/users', { username: 'Keyed', id: 'keyed' }, 201],
    ['POST', '/tournaments', { id: 'keyed', name: 'Keyed', game: 'LOL' }, 201],
    ['PATCH', '/tournaments/keyed', { name: 'Keyed again' }, 200],
    ['POST', '/tournaments/keyed/participants', { id: 'a', name: 'A' }, 201],
    ['POST', '/tournaments/keyed/participants', { id: 'b', name: 'B' }, 201],
    ['POST', '/tournaments/keyed/staff', { userId: 'u', role: 'referee' }, 201],
    ['POST', '/tournaments/keyed/matches', { id: 'keyed', homeParticipantId: 'a', awayParticipantId: 'b' }, 201],
    ['POST', '/matches/keyed/reschedule', { scheduledAt: '2027-01-01T00:00:00Z' }, 200],
    ['POST', '/matches/keyed/start', undefined, 200],
    ['PUT', '/matches/keyed/score', { homeScore: 1, awayScore: 0 }, 200],
    ['PUT', '/matches/keyed/stats', { lines: [{ userId: 'keyed', participantId: 'a', stats: { kills: 1 } }] }, 200],
    ['POST', '/matches/keyed/corrections', { homeScore: 2, reason: 'r' }, 201],
    ['POST', '/matches/keyed/end', {}, 200],
    ['POST', '/users/keyed/notifications', { message: 'm' }, 201],
    ['POST', '/api-keys', { id: 'keyed', name: 'k', scopes: ['scores:write'] }, 201],
    ['DELETE', '/api-keys/keyed', undefined, 204],
  ])('is taken by %s %s', async (method, path, body, status) => {
    const headers = { 'idempotency-key': newKey() };
    const first = await send(arena.at(0), method, path, { token, body, headers });
    given(first, status);
    replays(await send(arena.at(1), method, path, { token, body, headers }), first);
  });

  it('of a new API key gives the secret again, which no table holds in the clear', async () => {
    const headers = { 'idempotency-key': newKey() };
    const body = { name: 'replayed', scopes: ['scores:write'] };
    const first = await send(arena.at(0), 'POST', '/api-keys', { token, body, headers });
    const { key } = given(first, 201) as { key: string };
    replays(await send(arena.at(1), 'POST', '/api-keys', { token, body, headers }), first);
    given(await score(newKey(), 20, { as: key }));
    const secret = key.split('.')[1]!;
    const kept = JSON.stringify([await sql('select *, encode(hash, \'escape\') as h from api_keys'), await sql('select *, body::text as b, encode(fingerprint, \'escape\') as f from idempotency_records')]);
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20));
    expect(kept).not.toContain(headers['idempotency-key']);
  });

  it('keeps neither password nor email of a user that was made with it', async () => {
    const headers = { 'idempotency-key': newKey() };
    const body = { username: 'Has a password', email: 'has-an-email@example.org', password: 'swordfish-swordfish' };
    const first = await send(arena.at(0), 'POST', '/users', { body, headers });
    replays(await send(arena.at(0), 'POST', '/users', { body, headers }), first);
    refused(await send(arena.at(0), 'POST', '/users', { body: { ...body, password: 'another-swordfish' }, headers }), 'IDEMPOTENCY_KEY_REUSED');
    const records = JSON.stringify(await sql('select *, encode(fingerprint, \'escape\') as f from idempotency_records'));
    expect(records).not.toContain('has-an-email');
    expect(JSON.stringify(await sql('select * from users')) + records).not.toContain('swordfish');
  });

  it.each(['', ' ', 'two words', 'x'.repeat(201), 'ümlaut'])('is refused as %j', async (key) => {
    refused(await send(arena.at(0), 'PUT', `/matches/${match}/score`, { token, body: { homeScore: 0, awayScore: 0 }, headers: { 'idempotency-key': key } }), 'VALIDATION_FAILED');
  });
});
