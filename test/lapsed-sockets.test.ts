/** A socket lasts as long as what it was let in with: a revoked key and an expired token end it, wherever it is. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watch } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import { JWT_SECRET, openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Instance } from './arena/instance.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { given, send } from './support/wire.js';

type Transport = 'websocket' | 'polling';

describe('a socket whose token ends', () => {
  let arena: Arena;
  let token: string;
  const spectators: Spectator[] = [];
  beforeAll(async () => {
    arena = await openArena({ instances: 2, env: { HEARTBEAT_MS: '300' } });
    token = await arena.token('ORGANIZER', 'olga');
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  async function connect(at: { url: string }, as?: string, transport: Transport = 'websocket'): Promise<Spectator> {
    const spectator = await Spectator.connect(at.url, { token: as, transports: [transport] });
    spectators.push(spectator);
    return spectator;
  }
  const makeKey = async (body: Record<string, unknown> = {}): Promise<{ id: string; key: string }> =>
    given(await send(arena.at(0), 'POST', '/api-keys', { token, body: { name: 'k', scopes: ['scores:write'], ...body } }), 201) as { id: string; key: string };
  const revoke = async (id: string): Promise<void> => {
    expect((await send(arena.at(0), 'DELETE', `/api-keys/${id}`, { token })).status).toBe(204);
  };
  const refusalAt = (at: { url: string }, as: string): Promise<unknown> =>
    Spectator.connect(at.url, { token: as }).then(() => 'let in', (error: unknown) => (error as { data?: { code?: string } }).data?.code);
  /** It heard why before it was disconnected, and nothing else of the kind. */
  async function isEnded(spectator: Spectator, code: string): Promise<void> {
    await until(() => !spectator.socket.connected, 10_000, 'the socket to be ended');
    expect(spectator.of('error')).toEqual([expect.objectContaining({ code })]);
    expect(spectator.heard.at(-1)?.name).toBe('error');
  }

  it('by a revoked key is ended on every instance, and nobody else is', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner, { visibility: 'private' });
    const open = await openCup(owner);
    const [made, other] = [await makeKey(), await makeKey()];
    const ended = await Promise.all([connect(arena.at(0), made.key), connect(arena.at(1), made.key), connect(arena.at(1), made.key, 'polling')]);
    const staying = await Promise.all([connect(arena.at(1), other.key), connect(arena.at(1), token)]);
    const anonymous = await connect(arena.at(0));
    for (const spectator of [...ended, ...staying]) await spectator.join('join_tournament', cup.id);
    await anonymous.join('join_tournament', open.id);
    await revoke(made.id);
    for (const spectator of ended) await isEnded(spectator, 'TOKEN_INVALID');
    const matchId = cup.matchIds[0] ?? '';
    const { seq } = await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    for (const spectator of staying) await spectator.reached(matchId, seq);
    expect(ended.map((spectator) => spectator.seqs(matchId))).toEqual([[], [], []]);
    expect([...staying, anonymous].map((spectator) => [spectator.socket.connected, spectator.of('error')])).toEqual([[true, []], [true, []], [true, []]]);
    for (const at of arena.instances) expect(await refusalAt(at, made.key)).toBe('TOKEN_INVALID');
  });

  it('by a key that expires is ended, too', async () => {
    const { key } = await makeKey({ expiresAt: new Date(Date.now() + 2_500).toISOString() });
    const spectator = await connect(arena.at(1), key);
    await isEnded(spectator, 'TOKEN_EXPIRED');
    expect(await refusalAt(arena.at(1), key)).toBe('TOKEN_EXPIRED');
  });

  it.each<Transport>(['websocket', 'polling'])('by a JWT that expires leaves its user\'s room and the private ones, over %s', async (transport) => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner, { visibility: 'private' });
    const userId = `paula-${transport}`;
    await owner.call(api.createStaff, { params: { id: cup.id }, body: { userId, role: 'referee' } });
    const spectator = await connect(arena.at(1), await arena.token('PLAYER', userId, { expiresInS: 3 }), transport);
    await spectator.join('join_tournament', cup.id);
    await isEnded(spectator, 'TOKEN_EXPIRED');
    const admin = await arena.rest(1, 'ADMIN');
    const { rooms } = await admin.call(api.websocketStats, {});
    expect(rooms.filter(({ room }) => room === `user:${userId}`)).toEqual([]);
  });

  it('posts no score any more, before anybody has looked', async () => {
    const patient = await Instance.start('patient', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWT_SECRET, HEARTBEAT_MS: '60000' });
    try {
      const cup = await openCup(await arena.rest(0, 'ORGANIZER', 'olga'));
      const made = await makeKey();
      const spectator = await connect(patient, made.key);
      const post = (homeScore: number) => spectator.ask('score_update', { matchId: cup.matchIds[0], homeScore, awayScore: 0 });
      expect(await post(1)).toMatchObject({ ok: true, data: { homeScore: 1 } });
      await revoke(made.id);
      expect(await post(2)).toMatchObject({ ok: false, error: { code: 'TOKEN_INVALID' } });
    } finally {
      await patient.stop();
    }
  });

  it('is replaced by a watcher that has a new one, which misses nothing', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner, { visibility: 'private' });
    const matchId = cup.matchIds[0] ?? '';
    const given: string[] = [];
    const refusals: string[] = [];
    const seqs: number[] = [];
    const renewing = watch(arena.at(1).url, {
      token: async () => {
        const fresh = await arena.token('ORGANIZER', 'olga', { expiresInS: given.length === 0 ? 3 : 3600 });
        given.push(fresh);
        return fresh;
      },
      onError: ({ code }) => refusals.push(code),
    });
    const told: string[] = [];
    const stuck = watch(arena.at(1).url, { token: await arena.token('ORGANIZER', 'olga', { expiresInS: 3 }), onError: ({ code }) => told.push(code) });
    try {
      renewing.tournament(cup.id, { onEvent: (event: { seq: number }) => seqs.push(event.seq) }, { since: 0 });
      for (let homeScore = 1; given.length < 2 || homeScore <= 5; homeScore += 1) {
        const { seq } = await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore: 0 } });
        await until(() => seqs.includes(seq), 10_000, `seq ${String(seq)}`);
      }
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
      expect(refusals).toEqual([]);
      await until(() => told.length > 0, 10_000, 'the refusal of the token that is never renewed');
      expect([told, stuck.state]).toEqual([['TOKEN_EXPIRED'], 'offline']);
    } finally {
      renewing.close();
      stuck.close();
    }
  });
});
