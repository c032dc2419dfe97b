/**
 * The real parts: they start, stop and leave nothing behind. What Grandstand
 * does on top of them is proven elsewhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createClient } from '@redis/client';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { checkNginxConfig, ensureNginxBinary, startNginx, type Nginx } from '../src/parts/nginx.js';
import { startPostgres } from '../src/parts/postgres.js';
import { ensureRedisBinary, startRedis } from '../src/parts/redis.js';
import { createDatabase } from './arena/database.js';

const folder = mkdtempSync(join(tmpdir(), 'grandstand-parts-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL', () => {
  test('keeps its data over a stop and a kill -9, refuses a folder in use, and leaves no process', async () => {
    const options = { dataDir: join(folder, 'postgres'), settings: { synchronous_commit: 'off' } };
    const postgres = await startPostgres(options);
    await query(postgres.url(), 'create table kept (n int); insert into kept values (1)');
    await expect(startPostgres(options)).rejects.toThrow(/in use by a server that runs already/);

    await postgres.restart();
    expect(await query(postgres.url(), 'select n from kept')).toEqual([{ n: 1 }]);

    const killed = postgres.pid;
    await postgres.kill();
    expect(isAlive(killed)).toBe(false);
    await postgres.restart();
    expect(await query(postgres.url(), 'select version()')).toEqual([
      { version: expect.stringMatching(/^PostgreSQL 18\./) },
    ]);

    const { pid } = postgres;
    await postgres.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test('gives every test file a database of its own, also when many ask at once', async () => {
    const databases = await Promise.all(Array.from({ length: 6 }, () => createDatabase()));
    expect(new Set(databases.map(({ url }) => url)).size).toBe(6);
    for (const { url } of databases) expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await Promise.all(databases.map((database) => database.drop()));
  });
});

describe('Redis', () => {
  test('answers, falls silent while paused, answers again, and leaves no process', async () => {
    expect(await ensureRedisBinary()).toBeDefined();
    const redis = await startRedis();
    const client = await createClient({ url: redis.url }).on('error', () => undefined).connect();
    expect(await client.ping()).toBe('PONG');

    redis.pause();
    let answered = false;
    const pong = client.ping().then(() => (answered = true));
    // A second server answers a whole round trip meanwhile: the silence is the pause, not haste.
    const other = await startRedis();
    const otherClient = await createClient({ url: other.url }).connect();
    await otherClient.ping();
    expect(answered).toBe(false);
    redis.resume();
    await pong;

    client.destroy();
    otherClient.destroy();
    const pids = [redis.pid, other.pid];
    await Promise.all([redis.stop(), other.stop()]);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

interface Instance {
  name: string;
  port: number;
  http: HttpServer;
  io: Server;
  requests: { method: string; headers: NodeJS.Dict<string | string[]> }[];
}

/** A stand-in that numbers its session ids as a real instance does. */
async function startInstance(number: number): Promise<Instance> {
  const requests: Instance['requests'] = [];
  const http = createServer((req, res) => {
    requests.push({ method: req.method ?? '', headers: req.headers });
    if (req.url === '/api/v1/matches/dies/start' && requests.length === 1) {
      req.socket.destroy();
      return;
    }
    res.end(String(number));
  });
  const server = new Server(http);
  let given = 0;
  server.engine.generateId = () => `${String(number)}.${String((given += 1))}${Math.random().toString(36).slice(2)}`;
  server.on('connection', (socket) => {
    socket.emit('instance', number);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { name: String(number), port: (http.address() as AddressInfo).port, http, io: server, requests };
}

function call(port: number, path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (text: string) => (body += text));
      res.on('end', () => {
        resolve({ status: res.statusCode ?? 0, body });
      });
    });
    req.on('error', reject);
    req.end();
  });
}

describe('nginx', () => {
  let instances: Instance[];
  let nginx: Nginx;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    expect(await ensureNginxBinary()).toBeDefined();
    instances = await Promise.all([1, 2].map(startInstance));
    nginx = await startNginx({
      host: '127.0.0.1',
      upstreamPorts: instances.map(({ port }) => port),
      dir: join(folder, 'nginx'),
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    for (const instance of instances) instance.requests.length = 0;
  });
  afterAll(async () => {
    const { pid } = nginx;
    await nginx.stop();
    expect(isAlive(pid)).toBe(false);
    await Promise.all(instances.map((instance) => instance.io.close()));
  });

  async function connect(transports: string[]): Promise<{ socket: Socket; instance: number }> {
    const socket = io(`http://127.0.0.1:${String(nginx.port)}`, { transports, forceNew: true, reconnection: false });
    sockets.push(socket);
    const instance = await new Promise<number>((resolve, reject) => {
      socket.once('instance', resolve);
      socket.once('connect_error', reject);
      socket.once('disconnect', reject);
    });
    return { socket, instance };
  }

  test('accepts the configuration (`nginx -t`)', async () => {
    const binary = await ensureNginxBinary();
    expect(await checkNginxConfig(binary ?? '', join(folder, 'nginx'), nginx.configPath)).toBeUndefined();
  });

  test('spreads requests over the instances', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => call(nginx.port, '/')));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['1', '2']));
  });

  test('spreads WebSockets from one address evenly', async () => {
    const opened = [];
    for (let n = 0; n < 20; n += 1) opened.push(await connect(['websocket']));
    expect(opened.filter(({ instance }) => instance === 1)).toHaveLength(10);
  });

  test('polling and the upgrade reach the instance that opened the session', async () => {
    const polling = await Promise.all(Array.from({ length: 10 }, () => connect(['polling'])));
    expect(new Set(polling.map(({ instance }) => instance)).size).toBe(2);
    const upgraded = await Promise.all(Array.from({ length: 10 }, () => connect(['polling', 'websocket'])));
    await Promise.all(
      upgraded.map(async ({ socket }) => {
        const { engine } = socket.io;
        if (engine.transport.name !== 'websocket') {
          await new Promise<void>((resolve) => engine.once('upgrade', () => { resolve(); }));
        }
        expect(engine.transport.name).toBe('websocket');
      }),
    );
  });

  test('passes a request id and an address that a client cannot invent', async () => {
    await call(nginx.port, '/', { headers: { 'x-request-id': 'mine-1', 'x-forwarded-for': '6.6.6.6' } });
    await call(nginx.port, '/', { headers: { 'x-request-id': 'not an id' } });
    const [first, second] = instances.flatMap(({ requests }) => requests).map(({ headers }) => headers);
    const ids = [first?.['x-request-id'], second?.['x-request-id']];
    expect(ids).toContain('mine-1');
    expect(ids).not.toContain('not an id');
    expect(first?.['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('repeats a write whose connection broke, under one key, so that it happens once', async () => {
    const answers = await Promise.all([
      call(nginx.port, '/api/v1/matches/dies/start', { method: 'POST' }),
      call(nginx.port, '/api/v1/users', { method: 'POST' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const keys = instances
      .flatMap(({ requests }) => requests)
      .map(({ headers }) => headers['idempotency-key'])
      .filter((key) => key !== undefined);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
  });

  test('says in problem+json that nobody answers', async () => {
    const lonely = await startNginx({ host: '127.0.0.1', upstreamPorts: [1], dir: join(folder, 'lonely') });
    const { status, body } = await call(lonely.port, '/').finally(() => lonely.stop());
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  });

  test('keeps open sockets through a reload', async () => {
    const { socket, instance } = await connect(['websocket']);
    await nginx.reload();
    expect((await call(nginx.port, '/')).status).toBe(200);
    const echoed = new Promise((resolve) => socket.once('after', resolve));
    instances[instance - 1]?.io.emit('after', 'the reload');
    expect(await echoed).toBe('the reload');
  });
});
