/** The one description of the wire: OpenAPI names every route, each reference resolves, each example of a body is taken. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, API_PREFIX, type Endpoint } from '../src/contracts/api.js';
import { GAMES } from '../src/contracts/games/index.js';
import { REFUSALS, RefusalCode } from '../src/contracts/refusal.js';
import { openArena, type Arena } from './arena/arena.js';
import { given, refused, send } from './support/wire.js';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Json[];
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; headers?: Json; content?: Record<string, { schema: Json }> }>;
}
interface OpenApi {
  openapi: string;
  info: Json;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
}

const routes = Object.entries(api) as [string, Endpoint][];
const pathOf = (endpoint: Endpoint): string => (API_PREFIX + endpoint.path).replace(/:(\w+)/g, '{$1}');

describe('the contracts', () => {
  let arena: Arena;
  let document: OpenApi;
  const operation = (endpoint: Endpoint): Operation => document.paths[pathOf(endpoint)]![endpoint.method.toLowerCase()]!;

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    document = given(await send(arena.at(0), 'GET', '//docs-json')) as unknown as OpenApi;
  });
  afterAll(() => arena.close());

  it('are an OpenAPI 3.1 document with every route once and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Grandstand', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.sort()).toEqual(routes.map(([, endpoint]) => `${endpoint.method} ${pathOf(endpoint)}`).sort());
    expect(Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId)).sort()).toEqual(routes.map(([name]) => name).sort());
  });

  it.each(routes)('describe %s: parameters, body, answer and each refusal', (_, endpoint) => {
    const described = operation(endpoint);
    const names = described.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(names).toEqual([...pathOf(endpoint).matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(described.parameters.every(({ schema, required, in: where }) => Object.keys(schema).length > 0 && (where !== 'path' || required))).toBe(true);
    expect(described.requestBody !== undefined).toBe(endpoint.body !== undefined);
    const answer = described.responses[String(endpoint.status)];
    expect(answer?.content !== undefined).toBe(endpoint.answer !== undefined);
    for (const code of endpoint.refuses) expect(described.responses[String(REFUSALS[code].status)]?.description).toContain(`\`${code}\``);
    expect(described.parameters.some(({ name }) => name === 'If-Match')).toBe(endpoint.ifMatch === true);
    expect(described.summary.length).toBeGreaterThan(3);
  });

  it('resolve each reference, and use each component', () => {
    const text = JSON.stringify(document);
    const used = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!));
    expect(used.size).toBeGreaterThan(20);
    for (const ref of used) {
      expect(ref).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas[ref.split('/').at(-1)!]).toBeDefined();
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect([name, used.has(`#/components/schemas/${name}`)]).toEqual([name, true]);
      expect(Object.keys(schema)).not.toEqual(['$ref']);
      expect(schema['$defs'] ?? schema['$schema'] ?? schema['id']).toBeUndefined();
    }
  });

  it('say what a score is in the words that a reader looks for', () => {
    expect(document.components.schemas['ScoreBody']).toMatchObject({ type: 'object', required: ['homeScore', 'awayScore'], additionalProperties: false });
    expect(document.components.schemas['RefusalCode']).toMatchObject({ enum: RefusalCode.options });
    const names = operation(api.listMatches).parameters.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['limit', 'cursor', 'status', 'game']));
  });

  it('are served for people, with nothing from elsewhere', async () => {
    const page = await send(arena.at(0), 'GET', '//docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(assets.length).toBeGreaterThan(2);
    for (const path of assets) {
      expect(path).toMatch(/^\//);
      expect((await send(arena.at(0), 'GET', `/${path}`)).status).toBe(200);
    }
    refused(await send(arena.at(0), 'GET', '//docs/ui/..%2f..%2fpackage.json'), 'UNKNOWN_ROUTE');
  });

  it('mean what they say: each public GET without parameters answers what its schema promises', async () => {
    for (const [, endpoint] of routes.filter(([, { method, path, access }]) => method === 'GET' && access === 'public' && !path.includes(':'))) {
      const needed = operation(endpoint).parameters.filter(({ in: where, required }) => where === 'query' && required).map(({ name }) => `${name}=${name === 'stat' ? 'kills' : 'CSGO'}`);
      const reply = await send(arena.at(0), 'GET', `${endpoint.path}${needed.length > 0 ? `?${needed.join('&')}` : ''}`);
      expect([endpoint.path, endpoint.answer?.safeParse(given(reply)).error]).toEqual([endpoint.path, undefined]);
    }
  });

  it('ask a token of each route that is not public', async () => {
    for (const [, endpoint] of routes.filter(([, { access }]) => access !== 'public' && access !== 'credentials')) {
      const path = endpoint.path.replace(/:\w+/g, 'x');
      refused(await send(arena.at(0), endpoint.method, path, endpoint.body ? { body: {} } : {}), 'UNAUTHENTICATED');
      expect(operation(endpoint).security).toEqual([{ bearer: [] }]);
    }
  });

  it('tell of a token that has expired wherever one may be sent, also where none is needed', async () => {
    const token = await arena.token('ADMIN', 'admin-1', { expiresInS: -60 });
    for (const [, endpoint] of routes.filter(([, { access }]) => access !== 'credentials')) {
      const reply = await send(arena.at(0), endpoint.method, endpoint.path.replace(/:\w+/g, 'x'), { token, ...(endpoint.body ? { body: {} } : {}) });
      refused(reply, 'TOKEN_EXPIRED');
      expect([endpoint.path, operation(endpoint).responses['401']?.description]).toEqual([endpoint.path, expect.stringContaining('`TOKEN_EXPIRED`')]);
    }
  });

  it('tell of a 304 where there is one, of a key that was used where one is taken, and of what strangers may not register', async () => {
    const anybody = await arena.token('ADMIN');
    await send(arena.at(0), 'POST', '/tournaments', { token: anybody, body: { id: 'x', name: 'X', game: 'CSGO' } });
    await send(arena.at(0), 'POST', '/users', { token: anybody, body: { id: 'x', username: 'x' } });
    for (const [, endpoint] of routes.filter(([, { method }]) => method === 'GET')) {
      const path = `${endpoint.path.replace(/:\w+/g, 'x')}${endpoint === api.topPlayers ? '?stat=kills' : ''}`;
      const { status, headers } = await send(arena.at(0), 'GET', path, { token: anybody });
      if (status !== 200) continue;
      const etag = headers.get('etag') ?? '"none"';
      const again = await send(arena.at(0), 'GET', path, { token: anybody, headers: { 'if-none-match': etag } });
      expect([path, Object.keys(operation(endpoint).responses).includes('304')]).toEqual([path, again.status === 304]);
    }
    for (const [, endpoint] of routes) {
      const takesKey = operation(endpoint).parameters.some(({ name }) => name === 'Idempotency-Key');
      expect([endpoint.path, operation(endpoint).responses['422']?.description.includes('`IDEMPOTENCY_KEY_REUSED`') ?? false]).toEqual([endpoint.path, takesKey]);
    }
    refused(await send(arena.at(0), 'POST', '/users', { body: { username: 'a stranger' } }), 'FORBIDDEN');
    expect(operation(api.createUser).responses['403']?.description).toContain('`FORBIDDEN`');
  });

  it('say how far a number in a query goes, and what it is where it is left out', () => {
    const schemaOf = (endpoint: Endpoint, name: string) => operation(endpoint).parameters.find((parameter) => parameter.name === name)?.schema;
    expect(schemaOf(api.listMatches, 'limit')).toEqual({ type: 'integer', minimum: 1, maximum: 200, default: 50 });
    expect(schemaOf(api.listEvents, 'after')).toEqual({ type: 'integer', minimum: 0, maximum: 2_000_000_000 });
    expect(schemaOf(api.searchStats, 'contains')).toMatchObject({ type: 'string' });
  });

  it('list games whose names and stats can stand in a URL and a column', () => {
    for (const { name, numericStats } of GAMES) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]{0,31}$/);
      expect(numericStats.length).toBeGreaterThan(0);
      for (const stat of numericStats) expect(stat).toMatch(/^[a-z][A-Za-z0-9]{0,63}$/);
    }
  });
});
