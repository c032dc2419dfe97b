/** The Redis channels of rooms, never lost; those of users are as many as people, so asked for many at once. On a real Redis. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { api } from '../src/contracts/api.js';
import type { MatchEvent } from '../src/contracts/event.js';
import { matchRoom, userRoom } from '../src/contracts/room.js';
import { Subscriptions } from '../src/modules/realtime/subscriptions.js';
import { Topics } from '../src/modules/realtime/topics.js';
import { startRedis, type Redis } from '../src/parts/redis.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { createMetrics } from '../src/platform/metrics/metrics.js';
import { channelsOf } from '../src/platform/redis/channels.js';
import { redisKeys } from '../src/platform/redis/keys.js';
import { openRedis } from '../src/platform/redis/redis-links.js';
import { openArena } from './arena/arena.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const USERS = 200;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
});

const asking = async (url: string) => {
  const client = await createClient({ url }).on('error', () => undefined).connect();
  closers.push(() => {
    client.destroy();
  });
  return client;
};

describe('the channels of users', () => {
  it('hear of each user, and end with their sockets', async () => {
    const arena = await openArena({ instances: 2 });
    closers.push(() => arena.close());
    const redis = await asking(arena.redis.url);
    const channels = async (): Promise<number> => (await redis.sendCommand<string[]>(['PUBSUB', 'SHARDCHANNELS', `${redisKeys.socketIoPrefix}*${userRoom('')}*`])).length;

    const ids = Array.from({ length: USERS }, (_, index) => `user-${String(index)}`);
    const users = await Promise.all(ids.map(async (id) => Spectator.connect(arena.at(0).url, { token: await arena.token('PLAYER', id) })));
    await until(async () => (await channels()) === USERS, 5_000, 'a channel for each user');
    const admin = await arena.rest(1, 'ADMIN');
    for (const index of [0, 99, 199]) {
      await admin.call(api.notifyUser, { params: { id: ids[index] ?? '' }, body: { message: 'You are up next' } });
      await until(() => users[index]?.of('notification').length === 1, 5_000, 'the notification from the other instance');
    }
    expect(users.reduce((sum, user) => sum + user.of('notification').length, 0)).toBe(3);

    for (const user of users) user.close();
    await until(async () => (await channels()) === 0, 5_000, 'no channel of a user who left');
  });
});

describe('the channels of rooms', () => {
  const room = matchRoom('final');
  const event = { type: 'score_update', matchId: 'final', tournamentId: 'cup', seq: 2, at: '2026-05-01T18:00:00.000Z', homeScore: 1, awayScore: 0 } as const;

  const hearing = async () => {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const logger = createLogger({ level: 'silent', instanceId: 'test' });
    const links = await openRedis(redis.url, logger);
    closers.push(() => links.close());
    const topics = new Topics({ instanceId: 'test', channels: channelsOf(links), reconnect: () => links.reconnectSubscriber(), logger, metrics: createMetrics('test'), now: Date.now });
    const heard: MatchEvent[] = [];
    topics.onEvent((next) => heard.push(next));
    const publisher = await asking(redis.url);
    return {
      redis,
      topics,
      heard,
      channels: () => publisher.sendCommand<string[]>(['PUBSUB', 'SHARDCHANNELS', redisKeys.roomChannel(room)]),
      /** How many Redis handed it to. */
      say: () => publisher.sPublish(redisKeys.roomChannel(room), JSON.stringify(event)).catch(() => 0),
    };
  };

  it.each([1, 2])('are heard when a room is forgotten and heard again within one round trip, %d times', async (times) => {
    const { topics, heard, channels, say } = await hearing();
    await topics.hear(room);
    for (let time = 0; time < times; time += 1) {
      topics.forget(room);
      if (time < times - 1) void topics.hear(room);
    }
    await topics.hear(room);
    expect(topics.hears(room)).toBe(true);
    // What node-redis was asked after it is answered after it.
    await topics.hear(matchRoom('other'));
    expect(await channels()).toEqual([redisKeys.roomChannel(room)]);
    expect(await say()).toBe(1);
    await until(() => heard.length > 0, 5_000, 'the event');
    expect(heard).toEqual([event]);
    topics.forget(room);
    void topics.hear(room);
    topics.forget(room);
    await topics.hear(matchRoom('third'));
    await until(async () => (await channels()).length === 0, 5_000, 'the channel that was forgotten last to be left');
  });

  it.each(['paused', 'stopped'])('are heard when a room is forgotten and heard again while Redis is %s', async (state) => {
    const { redis, topics, heard, channels, say } = await hearing();
    await topics.hear(room);
    if (state === 'paused') redis.pause();
    else await redis.stop();
    topics.forget(room);
    await topics.hear(room);
    expect(topics.hears(room)).toBe(false);
    await redis.restart();
    await until(async () => (await say()) === 1, 10_000, 'Redis to hand the event to somebody');
    await topics.hear(room);
    await topics.hear(matchRoom('other'));
    expect(await channels()).toEqual([redisKeys.roomChannel(room)]);
    heard.length = 0;
    expect(await say()).toBe(1);
    await until(() => heard.length > 0, 5_000, 'the event');
    expect(heard).toEqual([event]);
  });
});

describe('subscriptions', () => {
  /** What is heard on each channel, by way of an instance's links to this Redis. */
  const listening = async (redis: Redis) => {
    const links = await openRedis(redis.url, createLogger({ level: 'silent', instanceId: 'test' }));
    closers.push(() => links.close());
    const subscriptions = new Subscriptions(links);
    const heard: string[] = [];
    const listener = (_: Buffer, channel: Buffer): void => void heard.push(channel.toString());
    const publisher = await asking(redis.url);
    return {
      subscriptions,
      listener,
      heard,
      /** Redis tells how many were listening. */
      say: async (channel: string): Promise<boolean> => (await publisher.sPublish(channel, 'message').catch(() => 0)) === 1,
    };
  };
  const started = async (...extraArgs: string[]): Promise<Redis> => {
    const redis = await startRedis({ extraArgs });
    closers.push(() => redis.stop());
    return redis;
  };

  it('ask for many channels in one command, and leave them in one', async () => {
    const redis = await started();
    const { subscriptions, listener, say } = await listening(redis);
    const channels = Array.from({ length: USERS }, (_, index) => `channel-${String(index)}`);
    const admin = await asking(redis.url);
    const commands = async (): Promise<string[]> => [...(await admin.info('commandstats')).matchAll(/^cmdstat_(s(?:un)?subscribe:calls=\d+)/gm)].map(([, calls]) => calls ?? '').sort();
    for (const channel of channels) subscriptions.sSubscribe(channel, listener);
    await until(async () => (await Promise.all(channels.map(say))).every(Boolean), 5_000, 'every channel');
    expect(await commands()).toEqual(['ssubscribe:calls=1']);
    for (const channel of channels) subscriptions.sUnsubscribe(channel);
    await until(async () => !(await Promise.all(channels.map(say))).some(Boolean), 5_000, 'no channel');
    expect(await commands()).toEqual(['ssubscribe:calls=1', 'sunsubscribe:calls=1']);
  });

  it('hear a channel that was left and wanted again before Redis confirmed the leaving', async () => {
    const { subscriptions, listener, heard, say } = await listening(await started());
    subscriptions.sSubscribe('a', listener);
    await until(() => say('a'), 5_000, 'the channel');
    subscriptions.sUnsubscribe('a');
    // The command is on its way, its answer is not here.
    await turn();
    subscriptions.sSubscribe('a', listener);
    subscriptions.sSubscribe('b', listener);
    await until(() => say('b'), 5_000, 'what was asked for after it');
    heard.length = 0;
    expect(await say('a')).toBe(true);
    await until(() => heard.includes('a'), 5_000, 'a message on it');
  });

  it('are asked for again when the connection broke before Redis answered', async () => {
    const redis = await started();
    const { subscriptions, listener, heard, say } = await listening(redis);
    subscriptions.sSubscribe('a', listener);
    await until(() => say('a'), 5_000, 'the channel');
    redis.pause();
    for (const channel of ['b', 'c']) subscriptions.sSubscribe(channel, listener);
    subscriptions.sUnsubscribe('a');
    for (let turns = 0; turns < 50; turns += 1) await turn();
    await redis.restart();
    await until(async () => (await say('b')) && (await say('c')), 10_000, 'the channels after the restart');
    await until(async () => !(await say('a')), 5_000, 'the channel that was left to be quiet');
    await until(() => heard.includes('b') && heard.includes('c'), 5_000, 'a message on each');
  });

  it('take a server that is a cluster by itself, and refuses channels of several slots in one command', async () => {
    const redis = await started('--cluster-enabled', 'yes');
    const admin = await asking(redis.url);
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    await until(async () => (await admin.sendCommand<string>(['CLUSTER', 'INFO'])).includes('cluster_state:ok'), 10_000, 'the cluster');
    const { subscriptions, listener, say } = await listening(redis);
    for (const channel of ['a', 'b', 'c']) subscriptions.sSubscribe(channel, listener);
    await until(async () => (await Promise.all(['a', 'b', 'c'].map(say))).every(Boolean), 5_000, 'every channel');
  });
});
