/** What operators see: the fleet's sockets as they are, a dead instance gone, metrics, and logs that tell nothing of people. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { WebsocketStats } from '../src/contracts/monitoring.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { given, send } from './support/wire.js';

const PASSWORD = 'correct horse battery staple';
const EMAIL = 'zoe.private@example.org';

describe('monitoring a fleet of two', () => {
  let arena: Arena;
  let cup: Cup;
  let secret: Cup;
  let match: string;
  const tokens: string[] = [];
  const spectators: Spectator[] = [];
  const connect = async (index: number, token?: string): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(index).url, { token });
    spectators.push(spectator);
    return spectator;
  };
  const stats = async (index = 0, token?: string): Promise<WebsocketStats> => WebsocketStats.parse(given(await send(arena.at(index), 'GET', '/monitoring/websocket/stats', { token })));
  const roomsOf = ({ rooms }: WebsocketStats): Record<string, number> => Object.fromEntries(rooms.map(({ room, connections }) => [room, connections]));

  beforeAll(async () => {
    arena = await openArena({ instances: 2, env: { PRESENCE_MS: '200', LOG_LEVEL: 'debug' } });
    const organizer = await arena.rest(0, 'ORGANIZER');
    cup = await openCup(organizer);
    secret = await openCup(organizer, { visibility: 'private' });
    match = cup.matchIds[0]!;
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  it('says nothing of anybody while nobody is there', async () => {
    expect(await stats()).toMatchObject({ totalConnections: 0, totalRooms: 0, rooms: [] });
  });

  it('counts the sockets that are open, over both instances and at either, and names no private room', async () => {
    const alice = await arena.token('PLAYER', 'alice');
    const admin = await arena.token('ADMIN');
    tokens.push(alice, admin);
    const [one, two, three, four, five] = await Promise.all([connect(0), connect(1), connect(1, alice), connect(0, admin), connect(0, alice)]);
    await one.join('join_tournament', cup.id);
    await two.join('join_tournament', cup.id);
    await two.join('join_match', match);
    await three.join('join_match', match);
    await four.join('join_tournament', secret.id);
    await four.join('join_match', secret.matchIds[0]!);

    const open = { [`tournament:${cup.id}`]: 2, [`match:${match}`]: 2 };
    const hidden = { [`tournament:${secret.id}`]: 1, [`match:${secret.matchIds[0]!}`]: 1, 'user:alice': 2, 'user:admin-1': 1 };
    for (const index of [0, 1]) {
      await until(async () => {
        const told = await stats(index);
        return told.totalConnections === 5 && told.totalRooms === 6 && told.rooms.every(({ connections }) => connections === 2);
      }, 5_000, `both instances' counts at ${String(index)}`);
      const reply = given(await send(arena.at(index), 'GET', '/monitoring/websocket/stats'));
      expect(Object.keys(reply).sort()).toEqual(['instances', 'rooms', 'totalConnections', 'totalRooms']);
      const told = WebsocketStats.strict().parse(reply);
      for (const room of told.rooms) expect(Object.keys(room).sort()).toEqual(['connections', 'room']);
      expect(roomsOf(told)).toEqual(open);
      expect(told.instances.map(({ instanceId, connections }) => [instanceId, connections])).toEqual([['arena-0', 3], ['arena-1', 2]]);
      expect(JSON.stringify(reply)).not.toMatch(/alice|admin-1/);
      expect(roomsOf(await stats(index, await arena.token('PLAYER', 'alice')))).toEqual(open);
      expect(roomsOf(await stats(index, admin))).toEqual({ ...open, ...hidden });
    }

    two.close();
    five.close();
    await one.join('leave_tournament', cup.id);
    for (const index of [0, 1]) await until(async () => (await stats(index)).totalConnections === 3 && roomsOf(await stats(index))[`match:${match}`] === 1, 5_000, `two less at ${String(index)}`);
    expect(roomsOf(await stats())).toEqual({ [`match:${match}`]: 1 });
  });

  it('answers many pollers at once', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => stats(index % 2)));
    expect(new Set(replies.map(({ totalConnections }) => totalConnections)).size).toBe(1);
  });

  it('forgets an instance within 10 seconds of its death, and welcomes it back', async () => {
    const before = await stats(0);
    expect(before.instances).toHaveLength(2);
    await arena.at(1).kill();
    const died = Date.now();
    await until(async () => (await stats(0)).instances.length === 1, 12_000, 'the dead instance gone');
    expect(Date.now() - died).toBeLessThan(10_000);
    expect(await stats(0)).toMatchObject({ totalConnections: 2, instances: [{ instanceId: 'arena-0', connections: 2 }] });
    await arena.at(1).boot();
    await until(async () => (await stats(0)).instances.length === 2, 5_000, 'both again');
  });

  it('takes a stopped instance out at once', async () => {
    await arena.at(1).stop();
    await until(async () => (await stats(0)).instances.length === 1, 2_000, 'one instance');
    await arena.at(1).boot();
  });

  it('has metrics that Prometheus reads', async () => {
    const { status, headers, text } = await send(arena.at(0), 'GET', '//metrics');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)]);
    for (const line of text.split('\n').filter(Boolean)) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="[^"]*",?)*\})? (-?[\d.]+(e[+-]?\d+)?|NaN|[+-]Inf))$/);
    expect(text).toMatch(/^grandstand_websocket_connections\{[^}]*instance_id="arena-0"[^}]*\} 2$/m);
    // Routes by their pattern, or every match would be a time series of its own.
    expect(text).toContain('route="/api/v1/matches/:id/start"');
    expect(text).not.toContain(match);
  });

  it('is alive and ready, and says of what it is made', async () => {
    expect(given(await send(arena.at(0), 'GET', '//health/live'))).toEqual({ status: 'ok', parts: {} });
    const ready = await send(arena.at(0), 'GET', '//health/ready');
    expect([given(ready), ready.headers.get('cache-control')]).toEqual([{ status: 'ok', parts: { database: 'ok', redis: 'ok' } }, 'no-store']);
  });

  it('logs each event with its match, tournament, rooms and number', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const { seq } = await organizer.call(api.postScore, { params: { id: match }, body: { homeScore: 4, awayScore: 2 } });
    await until(() => arena.at(0).log.some((line) => line.event === 'score_update' && line['seq'] === seq), 5_000, 'its line');
    expect(arena.at(0).log.find((line) => line.event === 'score_update' && line['seq'] === seq)).toMatchObject({
      level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), instance: 'arena-0', event: 'score_update', matchId: match, tournamentId: cup.id, seq, rooms: [`match:${match}`, `tournament:${cup.id}`], homeScore: 4, awayScore: 2,
    });
  });

  it('logs no token, key, password or email, whatever goes right or wrong', async () => {
    const at = arena.at(0);
    const admin = await arena.token('ADMIN');
    const key = given(await send(at, 'POST', '/api-keys', { token: admin, body: { name: 'k', scopes: ['scores:write'] } }), 201)['key'] as string;
    const account = { username: 'Zoë', email: EMAIL, password: PASSWORD };
    given(await send(at, 'POST', '/users', { body: account, headers: { 'idempotency-key': 'key-of-zoe' } }), 201);
    await send(at, 'POST', '/users', { body: account });
    const login = given(await send(at, 'POST', '/auth/login', { body: { email: EMAIL, password: PASSWORD } })) as { accessToken: string; refreshToken: string };
    await send(at, 'POST', '/auth/login', { body: { email: EMAIL, password: `${PASSWORD}!` } });
    await send(at, 'POST', '/auth/login', { raw: `{"email":"${EMAIL}","password":"${PASSWORD}` });
    await send(at, 'GET', `/matches?token=${admin}&email=${EMAIL}`);
    await send(at, 'GET', `/${EMAIL}`);
    await send(at, 'PUT', `/matches/${match}/score`, { token: key, body: { homeScore: 5, awayScore: 2 } });
    await send(at, 'GET', '/games', { token: `${admin}x` });
    await Spectator.connect(at.url, { token: `${admin}x` }).catch(() => undefined);
    await connect(0, login.accessToken);
    await until(() => at.log.some((line) => line.event === 'score_update' && line['homeScore'] === 5), 5_000, 'the last line');
    const all = [...arena.at(0).log, ...arena.at(1).log];
    expect(all.length).toBeGreaterThan(20);
    for (const line of all) {
      const text = JSON.stringify(line);
      for (const word of [PASSWORD, EMAIL, 'private@example', 'key-of-zoe', key, key.split('.')[1]!, login.accessToken, login.refreshToken, admin, ...tokens]) expect(text).not.toContain(word);
      expect(text).not.toMatch(/eyJ[\w-]{10,}\./);
    }
    expect(all.filter((line) => line.level === 'error' || line.level === 'fatal' || line.level === 'raw')).toEqual([]);
  });
});
