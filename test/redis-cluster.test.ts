/** The same delivery over a real Redis Cluster, and over one that loses a node; and behind sentinels. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { api } from '../src/contracts/api.js';
import { matchRoom, userRoom } from '../src/contracts/room.js';
import { freePort } from '../src/parts/free-port.js';
import { startRedis } from '../src/parts/redis.js';
import { redisKeys } from '../src/platform/redis/keys.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { startRedisCluster } from './arena/redis-cluster.js';
import { startSentinel } from './arena/sentinel.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
});

/** Two instances, a spectator in the match's room, and the tournament's, too, on the one that is not posted to. */
async function watched(redis: string, rooms: 'both' | 'match' = 'both') {
  const arena: Arena = await openArena({ instances: 2, redis, env: { LOG_TAIL_MS: '1000' } });
  closers.push(() => arena.close());
  const organizer = await arena.rest(0, 'ORGANIZER');
  const cup = await openCup(organizer);
  const matchId = cup.matchIds[0] ?? '';
  const far = await Spectator.connect(arena.at(1).url);
  closers.push(() => {
    far.close();
  });
  await far.join('join_match', matchId);
  if (rooms === 'both') await far.join('join_tournament', cup.id);
  let score = 0;
  return {
    arena,
    matchId,
    far,
    /** Posts and waits for the far screen; answers how long that took, milliseconds. */
    post: async (): Promise<number> => {
      score += 1;
      const begun = performance.now();
      const { seq } = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: score, awayScore: 0 } });
      await far.reached(matchId, seq);
      return performance.now() - begun;
    },
    /** Events the far instance learnt from Redis, not from the log. */
    heardFromRedis: async (): Promise<number> => {
      const text = await (await fetch(`${arena.at(1).url}/metrics`)).text();
      return [...text.matchAll(/^grandstand_match_events_total\{.*source="redis".*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    allInOrder: () => {
      expect(far.seqs(matchId)).toEqual(Array.from({ length: score }, (_, index) => index + 2));
    },
  };
}

/** A user on the one instance, whose room the other names to admins. */
async function countedFromAfar(arena: Arena, userId: string): Promise<Spectator> {
  const spectator = await Spectator.connect(arena.at(0).url, { token: await arena.token('PLAYER', userId) });
  closers.push(() => {
    spectator.close();
  });
  const admin = await arena.rest(1, 'ADMIN');
  await until(async () => (await admin.call(api.websocketStats)).rooms.some(({ room }) => room === userRoom(userId)), 5_000, `${userId}'s room at the other instance`);
  return spectator;
}

describe('several Redis servers', () => {
  it('a cluster of three carries scores and counts between instances', async () => {
    const cluster = await startRedisCluster({ replicas: 0 });
    closers.push(() => cluster.stop());
    const { arena, post, heardFromRedis, allInOrder } = await watched(cluster.url);
    for (let index = 0; index < 10; index += 1) await post();
    expect(await heardFromRedis()).toBeGreaterThanOrEqual(9);
    allInOrder();
    await until(async () => (await (await arena.rest(0)).call(api.websocketStats)).instances.length === 2, 5_000, 'both instances in the counts');
    const alice = await countedFromAfar(arena, 'alice');
    await (await arena.rest(1, 'ADMIN')).call(api.notifyUser, { params: { id: 'alice' }, body: { message: 'You are up next' } });
    await until(() => alice.of('notification').length === 1, 5_000, 'the notification from the other instance');
  });

  it('a node that dies loses no score, and its replica takes over', async () => {
    const cluster = await startRedisCluster({ replicas: 1 });
    closers.push(() => cluster.stop());
    const { arena, matchId, post, heardFromRedis, allInOrder } = await watched(cluster.url, 'match');
    await post();
    await cluster.ownerOf(redisKeys.roomChannel(matchRoom(matchId))).stop();
    for (let index = 0; index < 5; index += 1) expect(await post()).toBeLessThan(4_000);
    await until(
      async () => {
        const before = await heardFromRedis();
        await post();
        return (await heardFromRedis()) > before;
      },
      40_000,
      'Redis to carry scores again',
    );
    allInOrder();
    expect(arena.instances.every((instance) => instance.running)).toBe(true);
  });

  it('the primary that sentinels name carries scores', async () => {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const sentinel = await startSentinel(redis, 'grandstand-primary');
    closers.push(() => sentinel.stop());
    const { arena, post, heardFromRedis, allInOrder } = await watched(`redis+sentinel://127.0.0.1:${String(sentinel.port)}/grandstand-primary`);
    for (let index = 0; index < 5; index += 1) await post();
    expect(await heardFromRedis()).toBeGreaterThanOrEqual(4);
    allInOrder();
    await countedFromAfar(arena, 'alice');
  });

  const redisIs = (arena: Arena, state: string) =>
    until(async () => ((await (await fetch(`${arena.at(0).url}/health/ready`)).json()) as { parts: { redis: string } }).parts.redis === state, 20_000, `the instance to find Redis ${state}`);

  it('a cluster that comes after the instances is theirs', async () => {
    const port = await freePort();
    const arena = await openArena({ redis: `redis+cluster://127.0.0.1:${String(port)}` });
    closers.push(() => arena.close());
    await redisIs(arena, 'away');
    // The bus would listen 10,000 above the port, where there may be none.
    const redis = await startRedis({ port, extraArgs: ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())] });
    closers.push(() => redis.stop());
    const admin = createClient({ url: redis.url });
    await admin.connect();
    // A cluster that is being made is one of no slots, then of some: found like that, none of it can be used for good.
    const asked = async () => Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);
    const askedAgain = async (what: string) => {
      const before = await asked();
      await until(async () => (await asked()) >= before + 2, 10_000, `the instance to ask for the slots, of which there are ${what}`);
    };
    await askedAgain('none');
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '8000']);
    await askedAgain('half');
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '8001', '16383']);
    await admin.close();
    await redisIs(arena, 'ok');
  });
});
