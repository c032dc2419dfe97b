/** Redis makes scores fast, not true: without it they come from the log. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { redisKeys } from '../src/platform/redis/keys.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

/** What the issue allows from the post to the screen while Redis is away. */
const FROM_THE_LOG_MS = 2_000;

describe('while Redis is away', () => {
  let arena: Arena;
  let cup: Cup;
  let matchId: string;
  let organizer: RestClient;
  let far: Spectator;
  let posts = 0;
  /** Posts on one instance; the spectator on the other has it, in order, within the bound. */
  const post = async (withinMs: number, answeredMs = 1_500): Promise<void> => {
    posts += 1;
    const begun = Date.now();
    const { seq } = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: posts, awayScore: 0 } });
    expect(Date.now() - begun).toBeLessThan(answeredMs);
    await far.reached(matchId, seq, withinMs);
  };
  const redisIs = (state: string) =>
    until(async () => {
      const healths = await Promise.all(arena.instances.map(async ({ url }) => (await (await fetch(`${url}/health/ready`)).json()) as { parts: { redis: string } }));
      return healths.every(({ parts }) => parts.redis === state);
    }, 20_000, `every instance to find Redis ${state}`);

  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
    organizer = await arena.rest(0, 'ORGANIZER');
    cup = await openCup(organizer);
    matchId = cup.matchIds[0] ?? '';
    far = await Spectator.connect(arena.at(1).url);
    await far.join('join_match', matchId);
    await far.join('join_tournament', cup.id);
    await post(FROM_THE_LOG_MS);
  });
  afterAll(async () => {
    far.close();
    await arena.close();
  });

  it('posting goes on and scores come from the log when Redis is stopped, and fast again when it is back', async () => {
    await arena.redis.stop();
    for (let index = 0; index < 5; index += 1) await post(FROM_THE_LOG_MS + 500);
    await redisIs('away');
    await arena.redis.restart();
    await redisIs('ok');
    for (let index = 0; index < 5; index += 1) await post(FROM_THE_LOG_MS);
  });

  it('likewise when it is paused and holds its connections', async () => {
    arena.redis.pause();
    for (let index = 0; index < 5; index += 1) await post(FROM_THE_LOG_MS + 500);
    await redisIs('away');
    arena.redis.resume();
    await redisIs('ok');
    await post(FROM_THE_LOG_MS);
  });

  it('likewise when every client connection is killed at once', async () => {
    const admin = createClient({ url: arena.redis.url });
    await admin.connect();
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await post(FROM_THE_LOG_MS + 500);
    await redisIs('ok');
    await admin.close();
    await post(FROM_THE_LOG_MS);
  });

  it('notices that it is deaf although its connection looks healthy, and hears again', async () => {
    // Takes pub/sub away from everybody but leaves their connections: what a subscriber that came back without its subscriptions is like.
    const admin = createClient({ url: arena.redis.url });
    await admin.connect();
    await admin.sendCommand(['ACL', 'SETUSER', 'default', 'resetchannels']);
    await post(FROM_THE_LOG_MS + 500);
    await redisIs('away');
    await admin.sendCommand(['ACL', 'SETUSER', 'default', 'allchannels']);
    await admin.close();
    await redisIs('ok');
    await post(FROM_THE_LOG_MS);
  });

  it('hears all that it asked for at its start, although Redis refused it then', async () => {
    const admin = createClient({ url: arena.redis.url });
    await admin.connect();
    await admin.sendCommand(['ACL', 'SETUSER', 'default', 'resetchannels']);
    await arena.instances[0]?.kill();
    await arena.instances[0]?.boot();
    await redisIs('away');
    await admin.sendCommand(['ACL', 'SETUSER', 'default', 'allchannels']);
    await redisIs('ok');
    const lasting = [redisKeys.tablesChannel, redisKeys.privateChannel];
    const listeners = () => admin.sendCommand(['PUBSUB', 'SHARDNUMSUB', ...lasting]);
    await until(async () => JSON.stringify(await listeners()) === JSON.stringify(lasting.flatMap((channel) => [channel, 2])), 10_000, 'both instances to listen to what all hear');
    await admin.close();
    // The first of an instance that has just begun: ten times as long as the next ones, and still less than the 4 s after which a Redis that does not answer is given up.
    await post(FROM_THE_LOG_MS, 3_500);
  });

  it('nobody has lost or doubled anything, and no instance has died', async () => {
    const log = await organizer.call(api.listEvents, { params: { id: matchId }, query: { after: '1' } });
    expect(far.events).toEqual(log.data);
    expect(far.seqs(matchId)).toEqual(Array.from({ length: posts }, (_, index) => index + 2));
    expect(arena.instances.every((instance) => instance.running)).toBe(true);
    expect(arena.instances.flatMap(({ log: lines }) => lines).filter(({ event }) => event === 'unhandled_rejection')).toEqual([]);
  });
});
