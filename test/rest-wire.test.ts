/** What comes before a route's own rules: bodies that are no JSON, too large or of another type, routes that are none. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { given, pathsOf, refused, send } from './support/wire.js';

describe('the wire of REST', () => {
  let arena: Arena;
  let token: string;
  let match: string;
  const post = (path: string, body: unknown) => send(arena.at(0), 'POST', path, { token, body });
  const raw = (path: string, text: string, headers: Record<string, string> = {}) => send(arena.at(0), 'POST', path, { token, raw: text, headers });

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    token = await arena.token('ADMIN');
    match = (await openCup(await arena.rest(0))).matchIds[0]!;
  });
  afterAll(() => arena.close());

  it.each(['{', '{"id":}', 'null null', "{'id':1}", '\u0000', '{"a":1,}', '{"__proto__":{"x":1},"name":"n"}'])('refuses %j, which is not JSON', async (text) => {
    refused(await raw('/tournaments', text), 'MALFORMED_JSON');
  });

  it('refuses bytes that are no UTF-8 no worse than any other malformed body', async () => {
    const reply = await send(arena.at(0), 'POST', '/tournaments', { token, raw: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) });
    refused(reply, 'MALFORMED_JSON');
  });

  it('refuses a name in another encoding, in which it would be kept with its letters lost', async () => {
    const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
    for (const type of ['application/json', 'application/json; charset=iso-8859-1']) {
      refused(await send(arena.at(0), 'POST', '/tournaments', { token, raw: latin1('{"name":"Jörg Cup","game":"CSGO"}'), headers: { 'content-type': type } }), 'MALFORMED_JSON');
    }
  });

  it('takes a byte order mark in front', async () => {
    expect(given(await raw('/tournaments', '\ufeff{"name":"Jörg Cup","game":"CSGO"}'), 201)['name']).toBe('Jörg Cup');
  });

  it('refuses a compressed body as what it is', async () => {
    const squeezed = new Uint8Array(gzipSync('{"name":"n","game":"CSGO"}'));
    const reply = await send(arena.at(0), 'POST', '/tournaments', { token, raw: squeezed, headers: { 'content-encoding': 'gzip' } });
    expect(refused(reply, 'UNSUPPORTED_MEDIA_TYPE').detail).toMatch(/Content-Encoding/);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain'])('takes an empty body of the type %s for none, as scripts send it that have nothing to say', async (type) => {
    refused(await raw(`/matches/${match}/start`, '', { 'content-type': type }), 'INVALID_TRANSITION');
  });

  it.each(['[]', '"text"', '17', 'null', ''])('refuses %j, which is not an object with what the route needs', async (text) => {
    refused(await raw('/tournaments', text), 'VALIDATION_FAILED');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense'])('refuses a body of the type %s', async (type) => {
    refused(await raw('/tournaments', '{"name":"n","game":"CSGO"}', { 'content-type': type }), 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('takes JSON with a charset', async () => {
    given(await raw('/tournaments', '{"name":"With a charset","game":"CSGO"}', { 'content-type': 'application/json; charset=utf-8' }), 201);
  });

  it.each([
    ['GET', '/nowhere'], ['POST', '/nowhere'], ['GET', '//nowhere'], ['GET', '//docs/ui/package.json'], ['GET', '//assets/none.js'], ['GET', '/matches/x/y/z'], ['PUT', '/matches//score'], ['POST', '/matches/x/score/'],
  ])('has no route %s %s', async (method, path) => {
    refused(await send(arena.at(0), method, path, { token }), 'UNKNOWN_ROUTE');
  });

  it.each([
    ['POST', '/matches/x/score', ['PUT']], ['GET', '/matches/x/score', ['PUT']], ['OPTIONS', '/matches/x/score', ['PUT']], ['POST', '/matches', ['GET', 'HEAD']], ['PUT', '/tournaments/x?name=y', ['GET', 'HEAD', 'PATCH']],
    ['DELETE', '/tournaments', ['GET', 'HEAD', 'POST']], ['PUT', '/auth/login', ['POST']], ['GET', '/api-keys/x', ['DELETE']], ['PROPFIND', '/games', ['GET', 'HEAD']], ['POST', '//health/ready', ['GET', 'HEAD']], ['POST', '//', ['GET', 'HEAD']],
  ])('says which methods a path takes to %s %s', async (method, path, allowed) => {
    const reply = await send(arena.at(0), method, path);
    expect(refused(reply, 'METHOD_NOT_ALLOWED').details).toEqual({ allow: allowed });
    expect(reply.headers.get('allow')).toBe(allowed.join(', '));
  });

  it('says them whatever the body is, and to HEAD without one', async () => {
    refused(await raw('/matches', 'no JSON', { 'content-type': 'text/plain' }), 'METHOD_NOT_ALLOWED');
    const head = await send(arena.at(0), 'HEAD', '/auth/login');
    expect([head.status, head.headers.get('allow'), head.text]).toEqual([405, 'POST', '']);
  });

  it('takes a body of 16 KiB to the byte and refuses one byte more, on every route but stats', async () => {
    const sized = (bytes: number): string => {
      const empty = JSON.stringify({ message: 'm', data: { pad: '' } }).length;
      return JSON.stringify({ message: 'm', data: { pad: 'x'.repeat(bytes - empty) } });
    };
    given(await raw('/users/somebody/notifications', sized(16 * 1024)), 201);
    refused(await raw('/users/somebody/notifications', sized(16 * 1024 + 1)), 'PAYLOAD_TOO_LARGE');
    refused(await raw('/auth/login', sized(16 * 1024 + 1)), 'PAYLOAD_TOO_LARGE');
    refused(await raw('/tournaments', sized(200_000)), 'PAYLOAD_TOO_LARGE');
  });

  it('names every unknown key by its path', async () => {
    const problem = refused(await post('/tournaments', { name: 'n', game: 'CSGO', prize: 1, colour: 'red' }), 'VALIDATION_FAILED');
    expect(pathsOf(problem)).toEqual(['prize', 'colour']);
    const lines = refused(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token, body: { lines: [{ userId: 'u', participantId: 'home', stats: {}, extra: 1 }] } }), 'VALIDATION_FAILED');
    expect(pathsOf(lines)).toEqual(['lines.0.extra']);
    const score = refused(await send(arena.at(0), 'PUT', `/matches/${match}/score`, { token, body: { homeScore: -1, awayScore: '1' } }), 'VALIDATION_FAILED');
    expect(pathsOf(score)).toEqual(['homeScore', 'awayScore']);
  });

  it.each(['%zz', '%', '%E0%A4'])('refuses the path /matches/%s, which cannot be decoded', async (id) => {
    refused(await send(arena.at(0), 'GET', `/matches/${id}`), 'VALIDATION_FAILED');
  });

  it('refuses an id of any length as an id', async () => {
    refused(await send(arena.at(0), 'GET', `/matches/${'x'.repeat(1_000)}`), 'VALIDATION_FAILED');
  });

  it('takes over a proxy\'s request id and answers with it, and makes one for a strange id', async () => {
    expect((await send(arena.at(0), 'GET', '/games', { headers: { 'x-request-id': 'edge-17' } })).headers.get('x-request-id')).toBe('edge-17');
    expect((await send(arena.at(0), 'GET', '/games', { headers: { 'x-request-id': 'a b<script>' } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['a body that it announces as too large', 'keep-alive', `Content-Length: ${String(300 * 1024)}`, (bytes: string) => bytes],
    ['one that grows too large, from a client that says goodbye', 'close', 'Transfer-Encoding: chunked', (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`],
  ])('hears %s to its end, so that the client reads why', async (_, connection, framing, body) => {
    const socket = connect(arena.at(0).port, '127.0.0.1');
    const ended = new Promise<Error | undefined>((resolve) => {
      socket.on('error', resolve).on('close', () => resolve(undefined));
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const write = (text: string) => new Promise((resolve) => socket.write(text, resolve));
    const bytes = body('x'.repeat(300 * 1024));
    await write(`POST /api/v1/tournaments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nConnection: ${connection}\r\n${framing}\r\n\r\n${bytes.slice(0, 20_000)}`);
    // Longer than the instance takes to have seen that it is too large.
    for (let look = 0; look < 5; look += 1) given(await send(arena.at(0), 'GET', '/games'));
    await write(bytes.slice(20_000));
    expect(await ended).toBeUndefined();
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*PAYLOAD_TOO_LARGE/);
  });

  it('outlives requests that are cut off in the middle or are no HTTP', async () => {
    const say = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(arena.at(0).port, '127.0.0.1', () => {
          socket.write(text, () => socket.destroy());
        });
        socket.on('close', () => resolve());
      });
    await say(`POST /api/v1/tournaments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"na`);
    await say('\u0016\u0003\u0001 not http at all\r\n\r\n');
    given(await send(arena.at(0), 'GET', '/games'));
    expect(arena.at(0).log.filter((line) => line.level === 'error' || line.level === 'fatal')).toEqual([]);
  });
});
