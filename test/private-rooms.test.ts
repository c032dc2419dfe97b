/** Nobody is in a room where they do not belong: not by joining, not by staying. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import { watch, type WatchState } from '../src/client/index.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe('rooms that are not for everybody', () => {
  let arena: Arena;
  const spectators: Spectator[] = [];
  const connect = async (index: number, userId?: string, role: 'PLAYER' | 'ORGANIZER' | 'ADMIN' = 'PLAYER'): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(index).url, userId === undefined ? {} : { token: await arena.token(role, userId) });
    spectators.push(spectator);
    return spectator;
  };
  beforeAll(async () => {
    arena = await openArena({ instances: 2, env: { HEARTBEAT_MS: '300' } });
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  it('a private tournament is joined by its owner, staff and participants, and does not exist for others', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner, { visibility: 'private' });
    await owner.call(api.createUser, { body: { id: 'pia', username: 'Pia' } });
    await owner.call(api.createParticipant, { params: { id: cup.id }, body: { id: 'pias-team', name: 'Pia', userId: 'pia' } });
    await owner.call(api.createStaff, { params: { id: cup.id }, body: { userId: 'rolf', role: 'referee' } });
    for (const [userId, role] of [['olga', 'ORGANIZER'], ['pia', 'PLAYER'], ['rolf', 'PLAYER'], ['root', 'ADMIN']] as const) {
      const spectator = await connect(1, userId, role);
      expect(await spectator.ask('join_tournament', cup.id)).toMatchObject({ ok: true });
      expect(await spectator.ask('join_match', cup.matchIds[0])).toMatchObject({ ok: true });
    }
    for (const stranger of [await connect(1), await connect(0, 'sven'), await connect(0, 'other', 'ORGANIZER')]) {
      expect(await stranger.ask('join_tournament', cup.id)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
      expect(await stranger.ask('join_match', cup.matchIds[0])).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
      expect(await stranger.ask('score_update', { matchId: cup.matchIds[0], homeScore: 1, awayScore: 0 })).toMatchObject({ ok: false });
      const before = stranger.events.length;
      await owner.call(api.postScore, { params: { id: cup.matchIds[0] ?? '' }, body: { homeScore: 1, awayScore: 0 } });
      expect(await stranger.ask('join_tournament', cup.id)).toMatchObject({ ok: false });
      expect(stranger.events).toHaveLength(before);
    }
  });

  it('when a tournament becomes private, those who may not see it are shown out on every instance', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner);
    const matchId = cup.matchIds[0] ?? '';
    const [mine, near, far] = await Promise.all([connect(1, 'olga', 'ORGANIZER'), connect(0), connect(1, 'sven')]);
    await mine.join('join_tournament', cup.id);
    await near.join('join_tournament', cup.id);
    await far.join('join_match', matchId);
    await owner.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
    await until(() => [near, far].every((spectator) => spectator.of('error').length > 0), 5_000, 'both to be shown out');
    const { seq } = await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 5, awayScore: 0 } });
    await mine.reached(matchId, seq);
    expect([near.seqs(matchId), far.seqs(matchId)]).toEqual([[], []]);
  });

  it('a watcher that is shown out says so, and goes on without a gap when it may be there again', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const [cup, open] = [await openCup(owner), await openCup(owner)];
    const matchId = cup.matchIds[0] ?? '';
    const refusals: string[] = [];
    const states: WatchState[] = [];
    const seqs: number[] = [];
    const watcher = watch(arena.at(1).url, { onState: (state) => states.push(state) });
    try {
      const shown = watcher.tournament(cup.id, { onError: ({ code }) => refusals.push(code), onEvent: ({ seq }) => seqs.push(seq) });
      const other = watcher.tournament(open.id);
      await until(() => watcher.state === 'live', 10_000, 'live');
      await owner.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
      await until(() => refusals.length > 0, 5_000, 'the watcher to be told');
      expect([refusals, shown.refusal?.details, shown.state, other.state, watcher.state]).toEqual([['NOT_FOUND'], { room: `tournament:${cup.id}` }, 'offline', 'live', 'offline']);
      await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
      watcher.retry();
      await until(() => refusals.length > 1, 5_000, 'to be refused again');
      expect([refusals, seqs]).toEqual([['NOT_FOUND', 'NOT_FOUND'], []]);
      await owner.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'public' } });
      watcher.retry();
      await until(() => watcher.state === 'live', 10_000, 'live again');
      await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 2, awayScore: 0 } });
      await until(() => seqs.length > 1, 5_000, 'both scores');
      expect([seqs, shown.refusal]).toEqual([[2, 3], null]);
      expect(states).toEqual(['live', 'offline', 'catching-up', 'offline', 'catching-up', 'live']);
    } finally {
      watcher.close();
    }
  });

  it('a tournament that becomes private is named to nobody and left by strangers at once, before anybody looks', async () => {
    // Nothing but what the change itself sets off can happen within this test.
    const slow = await openArena({ instances: 2, env: { HEARTBEAT_MS: '60000', PRESENCE_MS: '3000' } });
    const opened: Spectator[] = [];
    const enter = async (index: number, token?: string): Promise<Spectator> => {
      const spectator = await Spectator.connect(slow.at(index).url, { token });
      opened.push(spectator);
      return spectator;
    };
    try {
      const owner = await slow.rest(0, 'ORGANIZER', 'olga');
      const cup = await openCup(owner, { matches: 2 });
      const [first = '', second = ''] = cup.matchIds;
      const rooms = [`tournament:${cup.id}`, `match:${first}`, `match:${second}`].sort();
      const [near, far, stranger] = await Promise.all([enter(0, await slow.token('ORGANIZER', 'olga')), enter(1, await slow.token('ORGANIZER', 'olga')), enter(1)]);
      await near.join('join_tournament', cup.id);
      await near.join('join_match', first);
      await far.join('join_match', second);
      await stranger.join('join_match', first);
      const named = async (index: number, role: 'ADMIN' | null): Promise<string[]> => {
        const stats = await (await slow.rest(index, role)).call(api.websocketStats, {});
        return stats.rooms.map(({ room }) => room).filter((room) => rooms.includes(room)).sort();
      };
      for (const index of [0, 1]) await until(async () => (await named(index, null)).length === 3, 10_000, `the rooms to be named at ${String(index)}`);
      await owner.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
      // Where it was changed, what is here is hidden with the answer.
      expect((await named(0, null)).filter((room) => room !== `match:${second}`)).toEqual([]);
      for (const index of [0, 1]) await until(async () => (await named(index, null)).length === 0, 1_500, `the rooms to be hidden at ${String(index)}`);
      for (const index of [0, 1]) expect(await named(index, 'ADMIN')).toEqual(rooms);
      await until(() => stranger.of('error').length === 1, 5_000, 'the stranger to be shown out');
      const { seq } = await owner.call(api.postScore, { params: { id: first }, body: { homeScore: 1, awayScore: 0 } });
      await near.reached(first, seq);
      expect([stranger.seqs(first), near.of('error'), far.of('error')]).toEqual([[], [], []]);
    } finally {
      for (const spectator of opened) spectator.close();
      await slow.close();
    }
  });

  it.each(['match', 'tournament'] as const)('a %s that is being joined when it becomes private is not entered by a stranger', async (kind) => {
    // No look comes to the rescue within this test.
    const slow = await openArena({ redis: false, env: { HEARTBEAT_MS: '60000', LOG_TAIL_MS: '60000' } });
    const database = new pg.Client(slow.databaseUrl);
    await database.connect();
    const opened: Spectator[] = [];
    try {
      const owner = await slow.rest(0, 'ORGANIZER', 'olga');
      const cup = await openCup(owner);
      const matchId = cup.matchIds[0] ?? '';
      const [stranger, mine] = await Promise.all([Spectator.connect(slow.at(0).url), Spectator.connect(slow.at(0).url, { token: await slow.token('ORGANIZER', 'olga') })]);
      opened.push(stranger, mine);
      // What was missed is read after it was seen that the tournament is public: that is held up.
      await database.query('begin');
      await database.query('lock table match_events');
      const [command, payload] = kind === 'match' ? ['join_match' as const, { matchId, since: 0 }] : ['join_tournament' as const, { tournamentId: cup.id, since: { [matchId]: 0 } }];
      const joining = [stranger, mine].map((spectator) => spectator.ask(command, payload));
      await until(async () => (await database.query('select 1 from pg_locks where not granted')).rowCount === 1, 5_000, 'the joins to wait for the log');
      await owner.call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
      await database.query('rollback');
      expect(await Promise.all(joining)).toMatchObject([{ ok: false, error: { code: 'NOT_FOUND' } }, { ok: true, data: { complete: true, missed: [{ seq: 1 }] } }]);
      const { seq } = await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
      await mine.reached(matchId, seq);
      expect(await stranger.ask(command, payload)).toMatchObject({ ok: false });
      expect(stranger.events).toEqual([]);
    } finally {
      for (const spectator of opened) spectator.close();
      await database.end();
      await slow.close();
    }
  });

  it('a user is told alone, on whichever instance, and nobody joins a user\'s room by asking', async () => {
    const [alice, bob, anonymous] = await Promise.all([connect(1, 'alice'), connect(1, 'bob'), connect(1)]);
    for (const room of ['user:alice', 'alice']) expect(await bob.ask('join_match', room)).toMatchObject({ ok: false });
    await (await arena.rest(0, 'ADMIN')).call(api.notifyUser, { params: { id: 'alice' }, body: { message: 'Your match is next' } });
    await until(() => alice.of('notification').length === 1, 5_000, 'the notification');
    expect(alice.of('notification')[0]).toMatchObject({ userId: 'alice', seq: 1, message: 'Your match is next' });
    await (await arena.rest(0, 'ADMIN')).call(api.notifyUser, { params: { id: 'bob' }, body: { message: 'For Bob' } });
    await until(() => bob.of('notification').length === 1, 5_000, 'the notification');
    expect([bob.of('notification').length, alice.of('notification').length, anonymous.of('notification').length]).toEqual([1, 1, 0]);
  });

  it('a bad or expired token is refused at the handshake with its code', async () => {
    const { url } = arena.at(0);
    const refused = async (token: unknown): Promise<unknown> => Spectator.connect(url, { token: token as string }).then(() => 'let in', (error: unknown) => (error as { data?: { code?: string } }).data?.code);
    expect(await refused('not.a.token')).toBe('TOKEN_INVALID');
    expect(await refused(await arena.token('PLAYER', 'alice', { expiresInS: -60 }))).toBe('TOKEN_EXPIRED');
    expect(await refused('gs_nobody.secret')).toBe('TOKEN_INVALID');
    expect(await refused(7)).toBe('TOKEN_INVALID');
  });

  it('an organizer posts over the socket what REST would take, under the same rules', async () => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    const cup = await openCup(owner);
    const matchId = cup.matchIds[0] ?? '';
    const [organizer, player, viewer] = await Promise.all([connect(0, 'olga', 'ORGANIZER'), connect(1, 'sven'), connect(1)]);
    await viewer.join('join_match', matchId);
    const posted = await organizer.join('score_update', { matchId, homeScore: 2, awayScore: 1, idempotencyKey: 'k1' });
    expect(posted).toMatchObject({ id: matchId, seq: 2, homeScore: 2, awayScore: 1 });
    expect(await organizer.join('score_update', { matchId, homeScore: 2, awayScore: 1, idempotencyKey: 'k1' })).toEqual(posted);
    await viewer.reached(matchId, 2);
    expect(await organizer.ask('score_update', { matchId, homeScore: 9, awayScore: 9, idempotencyKey: 'k1' })).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await organizer.ask('score_update', { matchId, homeScore: 3, awayScore: 1, ifMatch: 1 })).toMatchObject({ error: { code: 'STALE', details: { current: { seq: 2 } } } });
    expect(await organizer.ask('score_update', { matchId, homeScore: -1, awayScore: 1 })).toMatchObject({ error: { code: 'VALIDATION_FAILED' } });
    expect(await organizer.ask('score_update', { matchId, tournamentId: 'another', homeScore: 3, awayScore: 1 })).toMatchObject({ error: { code: 'UNPROCESSABLE' } });
    expect(await player.ask('score_update', { matchId, homeScore: 3, awayScore: 1 })).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await viewer.ask('score_update', { matchId, homeScore: 3, awayScore: 1 })).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    const { seq } = await owner.call(api.postScore, { params: { id: matchId }, body: { homeScore: 4, awayScore: 1 } });
    await viewer.reached(matchId, seq);
    expect(viewer.seqs(matchId)).toEqual([2, 3]);
  });
});
