/** A page of another origin: what CORS_ORIGINS names may do everything that a token may, and nothing else may. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { given, send } from './support/wire.js';

const OURS = 'https://app.example.org';

describe('CORS', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ redis: false, env: { CORS_ORIGINS: `${OURS},http://localhost:5173` } });
  });
  afterAll(() => arena.close());
  const preflight = (origin: string, method: string) =>
    send(arena.at(0), 'OPTIONS', '/matches/m/score', { headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type,idempotency-key,if-match' } });

  const mayCall = async (method: string): Promise<void> => {
    const { status, headers } = await preflight(OURS, method);
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, OURS]);
    expect(headers.get('access-control-allow-methods')?.split(/, */)).toContain(method);
    expect(headers.get('access-control-allow-headers')).toMatch(/authorization.*idempotency-key.*if-match/);
  };
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('lets a page of ours %s with its headers', mayCall);

  it('lets it read the headers it needs', async () => {
    const reply = await send(arena.at(0), 'GET', '/games', { headers: { origin: OURS } });
    given(reply);
    const exposed = reply.headers.get('access-control-expose-headers')?.toLowerCase() ?? '';
    for (const header of ['etag', 'ratelimit', 'retry-after', 'x-request-id', 'idempotency-replayed', 'x-data-source', 'x-data-as-of']) expect(exposed).toContain(header);
  });

  it('tells no other origin that it may', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.org.evil.example', 'null', 'http://app.example.org']) {
      expect((await preflight(origin, 'PUT')).headers.get('access-control-allow-origin')).toBeNull();
      expect((await send(arena.at(0), 'GET', '/games', { headers: { origin } })).headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
