/** An instance that ends does not take what it breaks off itself for an outage of Redis, and does not wait for an answer that may never come. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type Redis } from '../src/parts/redis.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { openHoldingRedis, type HoldingRedis } from './support/holding-redis.js';

describe('an instance that is told to end', () => {
  let real: Redis;
  let redis: HoldingRedis;
  let arena: Arena;

  beforeAll(async () => {
    real = await startRedis();
    redis = await openHoldingRedis(real.port);
    arena = await openArena({ redis: redis.url });
  });
  afterAll(async () => {
    await arena.close();
    await redis.close();
    await real.stop();
  });

  it('while Redis owes it answers says that it has stopped, and takes none of that for a failure', async () => {
    const instance = arena.at(0);
    const { matchIds } = await openCup(await arena.rest(0));
    const spectator = await Spectator.connect(instance.url);
    redis.hold();
    await spectator.join('join_match', matchIds[0]);
    await until(() => redis.asked('PING') >= 2 && redis.asked('{presence}') >= 1, 10_000, 'both connections to be owed a pong, and one an answer about the counts');
    const before = instance.log.length;
    const since = () => instance.log.slice(before).map(({ event, error }) => ({ event, error }));
    instance.signal('SIGINT');
    await until(() => !instance.running, 20_000, () => `an end after ${JSON.stringify(since())}`);
    await until(() => since().at(-1)?.event === 'stopped', 5_000, () => `the last of ${JSON.stringify(since())} to be stopped`);
    expect(since().filter(({ error }) => error === 'Disconnects client')).toEqual([]);
    spectator.close();
  });
});
