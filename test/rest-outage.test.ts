/** PostgreSQL goes away, by stopping and by standing still: the truth is said at once, and everything is there again when it is back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import { RestClient } from '../src/contracts/rest-client.js';
import { startPostgres, type Postgres } from '../src/parts/postgres.js';
import { migrate } from '../src/platform/database/migrate.js';
import { JWT_SECRET, signToken } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Instance } from './arena/instance.js';
import { until } from './arena/until.js';
import { openRelay } from './support/relay.js';
import { standStill } from './support/standstill.js';
import { given, refused, send, type Reply } from './support/wire.js';

const POOL = 4;
/** A post has to be refused within this. */
const REFUSED_MS = 2_000;

describe('while PostgreSQL is away', () => {
  const closers: (() => unknown)[] = [];
  let postgres: Postgres;
  let instance: Instance;
  let token: string;
  let organizer: RestClient;
  let match: string;
  let key: string;

  const ready = (): Promise<Reply> => send(instance, 'GET', '//health/ready');
  const timed = async (ask: () => Promise<Reply>): Promise<{ reply: Reply; ms: number }> => {
    const began = performance.now();
    const reply = await ask();
    return { reply, ms: performance.now() - began };
  };
  const post = (headers: Record<string, string> = {}) => timed(() => send(instance, 'PUT', `/matches/${match}/score`, { token, body: { homeScore: 1, awayScore: 0 }, headers }));
  const refusedInTime = ({ reply, ms }: { reply: Reply; ms: number }): void => {
    refused(reply, 'UNAVAILABLE');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(ms).toBeLessThan(REFUSED_MS);
  };
  const pool = async (state: string): Promise<number> => {
    const { text } = await send(instance, 'GET', '//metrics');
    return Number(new RegExp(`^grandstand_database_connections\\{[^}]*state="${state}"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1]);
  };
  const databaseUp = async (): Promise<string | undefined> => /^grandstand_database_up\{[^}]*\} (\d)$/m.exec((await send(instance, 'GET', '//metrics')).text)?.[1];
  /** Every connection of the pool does work again, all at once, and none is left over. */
  const isWhole = async (): Promise<void> => {
    await until(async () => (await ready()).status === 200, 15_000, 'ready again');
    await until(async () => (await pool('waiting')) === 0 && (await pool('idle')) === (await pool('total')), 15_000, 'an idle pool');
    expect(await pool('total')).toBeLessThanOrEqual(POOL);
    const before = await organizer.call(api.getMatch, { params: { id: match } });
    const many = await Promise.all(Array.from({ length: POOL * 3 }, (_, index) => organizer.call(api.postScore, { params: { id: match }, body: { homeScore: 100 + index, awayScore: 0 } })));
    expect(many.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(many.map((_, index) => before.seq + 1 + index));
    expect(instance.log.filter((line) => line.level === 'fatal')).toEqual([]);
  };

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'grandstand-outage-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: { fsync: 'off', shared_buffers: '32MB' } });
    closers.push(() => postgres.stop());
    await migrate(postgres.url('outage'));
    token = await signToken('ADMIN', 'admin-1');
    instance = await Instance.start('outage-0', { DATABASE_URL: postgres.url('outage'), JWT_SECRET, DATABASE_POOL: String(POOL), NODE_ENV: 'test' });
    closers.push(() => instance.stop());
    organizer = new RestClient(instance.url, token);
    match = (await openCup(organizer)).matchIds[0]!;
    key = (await organizer.call(api.createApiKey, { body: { name: 'k', scopes: ['scores:write'] } })).key;
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  it('because it was stopped, a post and a read are refused in time, and all is well when it is back', async () => {
    expect(given(await ready())).toMatchObject({ status: 'ok', parts: { database: 'ok' } });
    expect(await databaseUp()).toBe('1');
    const pid = instance.pid;
    await postgres.stop();

    await until(async () => (await ready()).status === 503, 5_000, 'ready says so');
    expect(await databaseUp()).toBe('0');
    expect((await ready()).body).toMatchObject({ status: 'unavailable', parts: { database: 'away' } });
    expect((await send(instance, 'GET', '//health/live')).status).toBe(200);
    for (const reply of await Promise.all(Array.from({ length: 10 }, () => post()))) refusedInTime(reply);
    refusedInTime(await post({ 'idempotency-key': 'once' }));
    refused(await send(instance, 'GET', `/matches/${match}`), 'UNAVAILABLE');
    refused(await send(instance, 'PUT', `/matches/${match}/score`, { token: key, body: { homeScore: 1, awayScore: 0 } }), 'UNAVAILABLE');
    refused(await send(instance, 'POST', '/auth/login', { body: { username: 'a', password: 'b' } }), 'UNAVAILABLE');
    given(await send(instance, 'GET', '/games'));
    given(await send(instance, 'GET', '/monitoring/websocket/stats'));

    await postgres.restart();
    await isWhole();
    // Nothing that was refused has happened, so the key is still unused and the number is the next.
    const { seq } = await organizer.call(api.getMatch, { params: { id: match } });
    expect(given((await post({ 'idempotency-key': 'once' })).reply)).toMatchObject({ seq: seq + 1 });
    expect([instance.pid, instance.running]).toEqual([pid, true]);
  });

  it('is not said of a pool whose connections are all in use', async () => {
    const client = new pg.Client(postgres.url('outage'));
    await client.connect();
    try {
      await client.query('begin; lock table matches');
      const posts = Promise.all(Array.from({ length: POOL * 2 }, () => post()));
      await until(async () => (await pool('waiting')) > 0, 5_000, 'posts that wait for a connection');
      expect(given(await ready())).toMatchObject({ status: 'ok', parts: { database: 'ok' } });
      expect(await databaseUp()).toBe('1');
      expect(await pool('idle')).toBe(0);
      await client.query('rollback');
      await posts;
    } finally {
      await client.end();
    }
    await isWhole();
  });

  it('because it was killed in the middle of posts, what was accepted is there and nothing else', async () => {
    const before = await organizer.call(api.getMatch, { params: { id: match } });
    let killed = false;
    const accepted: number[] = [];
    const poster = async (): Promise<void> => {
      while (!killed) {
        const { reply } = await post();
        if (reply.status === 200) accepted.push(given(reply)['seq'] as number);
        else refused(reply, 'UNAVAILABLE');
      }
    };
    const posters = Promise.all([poster(), poster(), poster()]);
    await until(() => accepted.length > 20, 10_000, 'some posts');
    await postgres.kill();
    killed = true;
    await posters;
    await postgres.restart();
    await until(async () => (await ready()).status === 200, 15_000, 'ready again');

    const after = await organizer.call(api.getMatch, { params: { id: match } });
    const log = await organizer.call(api.listEvents, { params: { id: match }, query: { after: String(before.seq) } });
    expect(log.data.map(({ seq }) => seq)).toEqual(Array.from({ length: after.seq - before.seq }, (_, index) => before.seq + 1 + index));
    // A commit whose answer was lost may stand beside them; an accepted one may not be missing.
    const kept = new Set(log.data.map(({ seq }) => seq));
    expect(accepted.filter((seq) => !kept.has(seq))).toEqual([]);
    expect(new Set(accepted).size).toBe(accepted.length);
    await isWhole();
  });

  it('because it stands still, a post is refused in time all the same, and the pool does not leak', async () => {
    for (let round = 0; round < 2; round += 1) {
      const goOn = standStill(postgres.pid);
      try {
        // First of all while the pool still has idle connections, which look as if they worked.
        refusedInTime(await timed(() => send(instance, 'GET', `/matches/${match}`)));
        refusedInTime(await timed(() => send(instance, 'PUT', `/matches/${match}/score`, { token: key, body: { homeScore: 1, awayScore: 0 } })));
        for (const reply of await Promise.all(Array.from({ length: POOL + 2 }, () => post()))) refusedInTime(reply);
        refusedInTime(await post({ 'idempotency-key': `still-${String(round)}` }));
        expect((await ready()).status).toBe(503);
        expect((await send(instance, 'GET', '//health/live')).status).toBe(200);
      } finally {
        goOn();
      }
      await isWhole();
    }
  });

  it('because the network forgot its connections, they are given up and made anew', async () => {
    const relay = await openRelay(postgres.port);
    const url = new URL(postgres.url('outage'));
    url.port = String(relay.port);
    const behind = await Instance.start('outage-1', { DATABASE_URL: url.href, JWT_SECRET, DATABASE_POOL: String(POOL), NODE_ENV: 'test' });
    try {
      const client = new RestClient(behind.url, token);
      await Promise.all(Array.from({ length: POOL * 2 }, () => client.call(api.getMatch, { params: { id: match } })));
      relay.forget();
      refusedInTime(await timed(() => send(behind, 'PUT', `/matches/${match}/score`, { token, body: { homeScore: 1, awayScore: 0 } })));
      const answers = await Promise.all(Array.from({ length: POOL }, () => send(behind, 'GET', `/matches/${match}`)));
      for (const reply of answers) if (reply.status !== 200) refused(reply, 'UNAVAILABLE');
      await until(async () => (await send(behind, 'GET', '//health/ready')).status === 200, 15_000, 'ready again');
      await client.call(api.postScore, { params: { id: match }, body: { homeScore: 7, awayScore: 7 } });
    } finally {
      await behind.stop();
      await relay.close();
    }
  });
});
