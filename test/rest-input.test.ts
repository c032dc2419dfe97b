/** Values that no route takes: ids, limits, cursors, times and text out of range are refused with their path, never clamped. */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { given, pathsOf, refused, send } from './support/wire.js';

describe('what a caller may say', () => {
  let arena: Arena;
  let token: string;
  let cup: Cup;
  let match: string;
  const post = (path: string, body: unknown) => send(arena.at(0), 'POST', path, { token, body });
  const raw = (path: string, text: string) => send(arena.at(0), 'POST', path, { token, raw: text });

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    token = await arena.token('ADMIN');
    cup = await openCup(await arena.rest(0));
    match = cup.matchIds[0]!;
  });
  afterAll(() => arena.close());

  it('refuses a body where the route takes none, and an empty object not', async () => {
    expect(pathsOf(refused(await post(`/matches/${match}/start`, { homeScore: 3 }), 'VALIDATION_FAILED'))).toEqual(['homeScore']);
    refused(await post(`/matches/${match}/start`, {}), 'INVALID_TRANSITION');
    refused(await raw(`/matches/${match}/start`, ''), 'INVALID_TRANSITION');
    refused(await raw(`/matches/${match}/start`, '[1]'), 'VALIDATION_FAILED');
  });

  it.each([['x'.repeat(65)], ['with%20space'], ['a.b'], ['%F0%9F%8E%AE'], ['%00'], ["a'%20or%201=1"]])('refuses %s as an id in the path', async (id) => {
    refused(await send(arena.at(0), 'GET', `/matches/${id}`), 'VALIDATION_FAILED');
  });

  it.each(['', 'x'.repeat(65), 'a b', 'ä', 7, null])('refuses %j as a chosen id', async (id) => {
    expect(pathsOf(refused(await post('/tournaments', { id, name: 'n', game: 'CSGO' }), 'VALIDATION_FAILED'))).toEqual(['id']);
  });

  it.each([
    'limit=0', 'limit=201', 'limit=-1', 'limit=1.5', 'limit=ten', 'limit=', 'limit=1&limit=2', 'limit=99999999999999', 'cursor=', 'cursor=nonsense', 'cursor=WyIyMDI2Il0', `cursor=${'x'.repeat(401)}`, 'game=chess', 'page=2', 'limit=1&sort=name',
  ])('refuses ?%s on a list, and does not clamp it', async (query) => {
    refused(await send(arena.at(0), 'GET', `/tournaments?${query}`), 'VALIDATION_FAILED');
  });

  it.each(['status=live', 'status=', 'status=LIVE&status=LIVE', 'limit=1e2', 'cursor=null'])('refuses ?%s on matches', async (query) => {
    refused(await send(arena.at(0), 'GET', `/matches?${query}`), 'VALIDATION_FAILED');
  });

  it('refuses cursors whose insides were made up', async () => {
    const made = (value: unknown, list: string): string => Buffer.from(JSON.stringify(Array.isArray(value) ? [list, ...value] : value)).toString('base64url');
    for (const inside of [['2026-01-01T00:00:00Z', '\u0000'], ['2026-01-01T00:00:00Z', '\ud800'], ['0000-01-01T00:00:00Z', 'x'], [1, 2], {}, 'x', ['2026-01-01T00:00:00Z']]) {
      refused(await send(arena.at(0), 'GET', `/matches?cursor=${made(inside, 'matches')}`), 'VALIDATION_FAILED');
    }
    for (const inside of [[-1], [1.5], [9_007_199_254_740_991], ['1']]) refused(await send(arena.at(0), 'GET', `/me/notifications?cursor=${made(inside, `notifications of ${decodeJwt(token).sub ?? ''}`)}`, { token }), 'VALIDATION_FAILED');
    for (const inside of [['\u0000'], ['a b']]) refused(await send(arena.at(0), 'GET', `/tournaments/${cup.id}/participants?cursor=${made(inside, `participants of ${cup.id}`)}`), 'VALIDATION_FAILED');
  });

  it.each([
    ['hasKey=%00', 'hasKey'], ['hasKey=a%00b', 'hasKey'], ['hasAny=kills,%00', 'hasAny.1'], ['hasAll=%00', 'hasAll.0'],
    ['contains={"a":"\\u0000"}', 'contains.a'], ['contains={"a":"\\ud800"}', 'contains.a'], ['contains={"\\u0000":1}', 'contains.\u0000'], ['contains={"\\udfff":1}', 'contains.\udfff'],
  ])('refuses ?%s in a search, which PostgreSQL could not be asked for', async (query, path) => {
    const [name, value = ''] = query.split('=');
    const problem = refused(await send(arena.at(0), 'GET', `/analytics/stats?${String(name)}=${value.startsWith('{') ? encodeURIComponent(value) : value}`), 'VALIDATION_FAILED');
    expect(pathsOf(problem)).toEqual([path]);
    expect(problem.detail).toMatch(/^The query at /);
    given(await send(arena.at(0), 'GET', '/analytics/stats?hasKey=🎯'));
  });

  it('tells of the + that a query takes for a space, and takes it as %2B', async () => {
    const at = '2026-11-22T16:00:00';
    const problem = refused(await send(arena.at(0), 'GET', `/analytics/top-players?stat=kills&from=${at}+02:00`), 'VALIDATION_FAILED');
    expect([pathsOf(problem), problem.detail]).toEqual([['from'], expect.stringContaining('%2B')]);
    given(await send(arena.at(0), 'GET', `/analytics/top-players?stat=kills&from=${at}%2B02:00`));
    expect(refused(await send(arena.at(0), 'GET', `/analytics/top-players?stat=kills&from=${at}`), 'VALIDATION_FAILED').detail).not.toContain('%2B');
  });

  it.each(['[1]', '1e999', '{}'])('says what a search may hold where it holds %s', async (value) => {
    const problem = refused(await send(arena.at(0), 'GET', `/analytics/stats?contains=${encodeURIComponent(`{"kills":${value}}`)}`), 'VALIDATION_FAILED');
    expect(problem.details).toEqual([{ path: 'contains.kills', message: 'text of at most 200 characters, a number, true, false or null' }]);
  });

  it('refuses a stat with U+0000 in its name', async () => {
    refused(await send(arena.at(0), 'GET', '/analytics/top-players?stat=%00'), 'VALIDATION_FAILED');
  });

  it('names unknown query keys, also on a route without a query', async () => {
    expect(pathsOf(refused(await send(arena.at(0), 'GET', `/matches/${match}?verbose=1&x=2`), 'VALIDATION_FAILED'))).toEqual(['verbose', 'x']);
    expect(pathsOf(refused(await send(arena.at(0), 'GET', '/matches?tournament=x'), 'VALIDATION_FAILED'))).toEqual(['tournament']);
  });

  it('refuses text that PostgreSQL cannot keep, with its path', async () => {
    expect(pathsOf(refused(await post('/users/u/notifications', { message: 'nul \u0000' }), 'VALIDATION_FAILED'))).toEqual(['message']);
    expect(pathsOf(refused(await raw('/users/u/notifications', '{"message":"m","data":{"deep":[{"half":"\\ud83d"}]}}'), 'VALIDATION_FAILED'))).toEqual(['data.deep.0.half']);
    expect(pathsOf(refused(await raw('/users/u/notifications', '{"message":"m","data":{"\\u0000":1}}'), 'VALIDATION_FAILED'))).toEqual(['data.\u0000']);
    expect(pathsOf(refused(await post(`/matches/${match}/corrections`, { homeScore: 1, reason: 'because\u0000' }), 'VALIDATION_FAILED'))).toEqual(['reason']);
    expect(pathsOf(refused(await raw('/tournaments', '{"name":"\\udc00","game":"CSGO"}'), 'VALIDATION_FAILED'))).toEqual(['name']);
    expect(pathsOf(refused(await post('/auth/login', { username: '\u0000', password: 'p' }), 'VALIDATION_FAILED'))).toEqual(['username']);
  });

  it('refuses JSON nested deeper than anybody means', async () => {
    const deep = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
    refused(await raw('/users/u/notifications', `{"message":"m","data":{"a":${deep}}}`), 'VALIDATION_FAILED');
    const deeper = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
    const lines = `{"lines":[{"userId":"u","participantId":"home","stats":{"kills":${deeper}}}]}`;
    refused(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token, raw: lines, headers: { 'idempotency-key': 'deep' } }), 'VALIDATION_FAILED');
  });

  it.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', 'tomorrow', 1_790_000_000])('refuses %s as a time', async (startsAt) => {
    expect(pathsOf(refused(await post('/tournaments', { name: 'n', game: 'CSGO', startsAt }), 'VALIDATION_FAILED'))).toEqual(['startsAt']);
  });

  it('keeps names of any script as they are', async () => {
    const name = 'ｆｕｌｌ　ｗｉｄｔｈ 🏆 Ωμέγα العربية 👩‍👩‍👧‍👦';
    const made = given(await post('/tournaments', { name, game: 'LOL', startsAt: '2026-11-22T16:00:00+02:00' }), 201);
    expect(given(await send(arena.at(0), 'GET', `/tournaments/${String(made['id'])}`))).toMatchObject({ name, startsAt: '2026-11-22T14:00:00.000Z' });
  });

});
