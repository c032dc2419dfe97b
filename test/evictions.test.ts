/** Who stays in a private tournament's rooms: the right ones, at the price of one question for all of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import type { Role } from '../src/contracts/user.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const VIEWERS = 40;
const BEATS = 12;
/** Of the looks at private tournaments, revoked keys and PostgreSQL's own; one a viewer were 480. */
const TRANSACTIONS_A_BEAT = 8;

describe('who stays in a private tournament', () => {
  let arena: Arena;
  let database: pg.Client;
  let cup: Cup;
  const spectators: Spectator[] = [];
  const enter = async (userId: string, role: Role = 'PLAYER', expiresInS?: number): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(0).url, { token: await arena.token(role, userId, { expiresInS }) });
    spectators.push(spectator);
    await spectator.join('join_tournament', cup.id);
    return spectator;
  };
  const invite = async (...userIds: string[]): Promise<void> => {
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    for (const userId of userIds) await owner.call(api.createStaff, { params: { id: cup.id }, body: { userId, role: 'referee' } });
  };
  const dismiss = (...userIds: string[]) => database.query('delete from staff where tournament_id = $1 and user_id = any($2)', [cup.id, userIds]);
  const beats = async (spectator: Spectator, count: number): Promise<void> => {
    const heard = spectator.of('heartbeat').length;
    await until(() => spectator.of('heartbeat').length >= heard + count, 30_000, `${String(count)} heartbeats`);
  };
  const transactions = async (): Promise<number> =>
    Number((await database.query<{ count: string }>('select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()')).rows[0]?.count);

  beforeAll(async () => {
    arena = await openArena({ redis: false, env: { HEARTBEAT_MS: '300', LOG_TAIL_MS: '60000' } });
    database = new pg.Client(arena.databaseUrl);
    await database.connect();
  });
  beforeEach(async () => {
    cup = await openCup(await arena.rest(0, 'ORGANIZER', 'olga'), { visibility: 'private' });
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await database.end();
    await arena.close();
  });

  it('is asked for everybody at once, and only those who lost their place are shown out', async () => {
    const names = Array.from({ length: VIEWERS }, (_, index) => `viewer-${String(index)}`);
    await invite(...names);
    const viewers = await Promise.all(names.map((name) => enter(name)));
    const first = viewers[0]!;
    await beats(first, 4);
    const before = await transactions();
    await beats(first, BEATS);
    expect((await transactions()) - before).toBeLessThan(BEATS * TRANSACTIONS_A_BEAT);

    const gone = viewers.filter((_, index) => index % 3 === 1);
    const staying = viewers.filter((_, index) => index % 3 !== 1);
    await dismiss(...names.filter((_, index) => index % 3 === 1));
    await until(() => gone.every((viewer) => viewer.of('error').length > 0), 10_000, 'those who lost their place to be shown out');
    const matchId = cup.matchIds[0]!;
    const { seq } = await (await arena.rest(0, 'ORGANIZER', 'olga')).call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    for (const viewer of staying) await viewer.reached(matchId, seq);
    expect(gone.map((viewer) => [viewer.seqs(matchId).length, viewer.of('error').length])).toEqual(gone.map(() => [0, 1]));
    expect(staying.flatMap((viewer) => viewer.of('error'))).toEqual([]);
  });

  it.each<[Role, Role]>([['ADMIN', 'PLAYER'], ['PLAYER', 'ADMIN']])('one person\'s sockets, of %s and then %s, are judged each by its own role', async (...roles) => {
    await invite('rita');
    const sockets = new Map<Role, Spectator>();
    for (const role of roles) sockets.set(role, await enter('rita', role));
    const [player, admin] = [sockets.get('PLAYER')!, sockets.get('ADMIN')!];
    await dismiss('rita');
    await until(() => player.of('error').length === 1, 5_000, 'the player to be shown out');
    await beats(admin, 2);
    expect(admin.of('error')).toEqual([]);
  });

  it('an expired token ends its socket also while nobody can be asked who may stay', async () => {
    await invite('paula');
    const [staying, paula] = [await enter('olga', 'ORGANIZER'), await enter('paula', 'PLAYER', 4)];
    await database.query('begin');
    await database.query('lock table staff');
    try {
      await until(async () => (await database.query('select 1 from pg_locks where not granted')).rowCount === 1, 5_000, 'the look to wait for the lock');
      await until(() => !paula.socket.connected, 7_000, 'her socket to be ended');
    } finally {
      await database.query('rollback');
    }
    expect([paula.of('error'), staying.of('error')]).toEqual([[expect.objectContaining({ code: 'TOKEN_EXPIRED' })], []]);
  });
});
