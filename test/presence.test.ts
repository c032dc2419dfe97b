/** What a fleet's counts cost with 10,000 signed-in users on an instance, and that they stay right whatever Redis loses. On a real Redis. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { Server } from 'socket.io';
import { userRoom } from '../src/contracts/room.js';
import { OccupiedRooms } from '../src/modules/realtime/occupied-rooms.js';
import { Presence, type Counts } from '../src/modules/realtime/presence.js';
import { startRedis, type Redis } from '../src/parts/redis.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { redisKeys } from '../src/platform/redis/keys.js';
import { openRedis, type RedisLinks } from '../src/platform/redis/redis-links.js';
import { until } from './arena/until.js';

const USERS = 10_000;
/** More than a second's counts need, far less than 10,000 names. */
const SMALL = 4_000;
/** Longer than a look at the others is shared. */
const LATER_MS = 1_000;

describe('the counts of 10,000 signed-in users', () => {
  let redis: Redis;
  let admin: Awaited<ReturnType<typeof connectedTo>>;
  const links: RedisLinks[] = [];
  let now = 0;
  let next = 0;
  let near: ReturnType<typeof instance>;
  let far: ReturnType<typeof instance>;

  const connectedTo = (url: string) => createClient({ url }).on('error', () => undefined).connect();
  const instance = (index: number) => {
    const instanceId = `instance-${String(index)}`;
    const rooms = { 'tournament:summer-cup': 7 };
    const { adapter } = new Server().of('/');
    const occupied = new OccupiedRooms();
    occupied.follow(adapter);
    /** Lets sockets come or go until the user has so many. */
    const have = (user: string, sockets: number): void => {
      const room = userRoom(user);
      const there = [...(adapter.rooms.get(room) ?? [])];
      for (const id of there.slice(sockets)) adapter.delAll(id);
      for (let more = there.length; more < sockets; more += 1) {
        const id = `socket-${String((next += 1))}`;
        void adapter.addAll(id, new Set([id, room]));
      }
    };
    for (let user = 0; user < USERS; user += 1) have(`${instanceId}-${String(user)}`, 1);
    const counts = (): Counts => ({ report: { instanceId, startedAt: '', at: now, connections: USERS, redis: 'ok', rooms, hidden: {}, users: occupied.users }, userRooms: occupied });
    const presence = new Presence({ redis: links[index] ?? null, own: counts, now: () => now, elapsed: () => now });
    return { instanceId, have, counts, presence };
  };
  const publish = async (): Promise<void> => {
    now += LATER_MS;
    await near.presence.publish();
    await far.presence.publish();
  };
  /** Bytes that Redis was sent and sent itself while `work` was done. */
  const bytesOf = async (work: () => Promise<unknown>): Promise<{ written: number; read: number }> => {
    const counted = async (): Promise<[number, number]> => {
      const text = await admin.info('stats');
      return [Number(/total_net_input_bytes:(\d+)/.exec(text)?.[1]), Number(/total_net_output_bytes:(\d+)/.exec(text)?.[1])];
    };
    const before = await counted();
    await work();
    const after = await counted();
    return { written: after[0] - before[0], read: after[1] - before[1] };
  };
  /** The rooms of users as an admin sees them at the near instance. */
  const named = async (): Promise<Map<string, number>> => {
    const { rooms, totalRooms } = await near.presence.stats({ all: true });
    expect([rooms.length, (await near.presence.stats({ all: false })).totalRooms]).toEqual([totalRooms, totalRooms]);
    return new Map(rooms.filter(({ room }) => room.startsWith(userRoom(''))).map(({ room, connections }) => [room, connections]));
  };

  beforeAll(async () => {
    redis = await startRedis();
    admin = await connectedTo(redis.url);
    const logger = createLogger({ level: 'silent', instanceId: 'test' });
    for (let index = 0; index < 2; index += 1) links.push(await openRedis(redis.url, logger));
  });
  afterAll(async () => {
    for (const link of links) await link.close();
    admin.destroy();
    await redis.stop();
  });
  beforeEach(async () => {
    now = Date.now();
    [near, far] = [instance(0), instance(1)];
    await publish();
  });

  it('a round writes what changed and reads no names, and whoever asks is told all', async () => {
    expect((await bytesOf(publish)).written).toBeLessThan(SMALL);

    far.have('instance-1-0', 0);
    far.have('late', 1);
    expect((await bytesOf(publish)).written).toBeLessThan(SMALL);
    let viewers: Map<string, number> | null | undefined;
    const { read } = await bytesOf(async () => {
      viewers = await near.presence.viewers(['tournament:summer-cup'], near.counts().report);
    });
    expect(read).toBeLessThan(SMALL);
    expect(viewers).toEqual(new Map([['tournament:summer-cup', 14]]));

    const rooms = await named();
    expect([rooms.size, rooms.get(userRoom('late')), rooms.get(userRoom('instance-1-0'))]).toEqual([2 * USERS, 1, undefined]);
    const { totalRooms, rooms: open, instances } = await near.presence.stats({ all: false });
    expect([totalRooms, open]).toEqual([2 * USERS + 1, [{ room: 'tournament:summer-cup', connections: 14 }]]);
    expect(instances.map(({ rooms: count }) => count)).toEqual([USERS + 1, USERS + 1]);
  });

  it('a user whose sockets are on both instances has one room, with all of them', async () => {
    near.have('alice', 1);
    far.have('alice', 2);
    await publish();
    const rooms = await named();
    expect([rooms.size, rooms.get(userRoom('alice'))]).toEqual([2 * USERS + 1, 3]);
    far.have('alice', 1);
    await publish();
    expect((await named()).get(userRoom('alice'))).toBe(2);
  });

  it('what Redis lost is there again with the next round', async () => {
    await admin.flushAll();
    await publish();
    expect((await named()).size).toBe(2 * USERS);

    // A replica that took over and had not heard of the last write: as many rooms, one of them another.
    const key = redisKeys.userRooms(far.instanceId);
    await admin.copy(key, `${key}:before`);
    far.have('instance-1-1', 0);
    far.have('bob', 1);
    await publish();
    await admin.copy(`${key}:before`, key, { REPLACE: true });
    now += LATER_MS;
    expect((await named()).has(userRoom('bob'))).toBe(false);
    await publish();
    const rooms = await named();
    expect([rooms.size, rooms.get(userRoom('bob')), rooms.get(userRoom('instance-1-1'))]).toEqual([2 * USERS, 1, undefined]);
  });

  it('what changed while nobody could be told is told when somebody can', async () => {
    await redis.stop();
    for (const link of links) await until(() => !link.commands.isReady, 10_000, 'the outage to be noticed');
    far.have('instance-1-2', 0);
    await publish();
    far.have('carol', 2);
    await redis.restart();
    for (const link of links) await until(() => link.commands.isReady, 10_000, 'Redis to answer');
    await publish();
    const rooms = await named();
    expect([rooms.size, rooms.get(userRoom('carol')), rooms.get(userRoom('instance-1-2'))]).toEqual([2 * USERS, 2, undefined]);
  });

  it('an instance that leaves takes its users with it', async () => {
    await far.presence.withdraw();
    now += LATER_MS;
    expect((await named()).size).toBe(USERS);
    expect(await admin.exists(redisKeys.userRooms(far.instanceId))).toBe(0);
  });

  describe('while Redis is away', () => {
    const fleet = async () => {
      now += LATER_MS;
      const { totalConnections, totalRooms, instances } = await near.presence.stats({ all: true });
      return { totalConnections, totalRooms, ages: instances.map(({ ageMs }) => ageMs) };
    };
    const viewers = () => near.presence.viewers(['tournament:summer-cup'], near.counts().report);
    const whole = { totalConnections: 2 * USERS, totalRooms: 2 * USERS + 1 };
    const alone = { totalConnections: USERS, totalRooms: USERS + 1 };
    const answers = (link: RedisLinks | undefined) => until(() => link?.commands.isReady === true, 10_000, 'Redis to answer');

    it('the others are shown as they were known last, with their age, for five minutes, and no number of viewers is told', async () => {
      expect(await fleet()).toEqual({ ...whole, ages: [0, LATER_MS] });
      redis.pause();
      try {
        expect(await fleet()).toEqual({ ...whole, ages: [0, 2 * LATER_MS] });
        expect(await viewers()).toBeNull();
        now += 290_000;
        expect((await fleet()).totalConnections).toBe(2 * USERS);
        now += 15_000;
        expect(await fleet()).toEqual({ ...alone, ages: [0] });
        expect(await viewers()).toBeNull();
      } finally {
        redis.resume();
      }
      for (const link of links) await answers(link);
      await publish();
      expect(await fleet()).toEqual({ ...whole, ages: [0, LATER_MS] });
      expect(await viewers()).toEqual(new Map([['tournament:summer-cup', 14]]));
    });

    it('nor do they shrink when it comes back empty, unless somebody is really gone', async () => {
      expect(await fleet()).toMatchObject(whole);
      await redis.stop();
      await until(() => links[0]?.commands.isReady === false, 10_000, 'the outage to be noticed');
      expect(await fleet()).toMatchObject(whole);
      await redis.restart();
      for (const link of links) await answers(link);
      await admin.flushAll();
      await near.presence.publish();
      expect(await fleet()).toMatchObject(whole);
      expect(await viewers()).toBeNull();
      await far.presence.publish();
      expect(await fleet()).toMatchObject(whole);
      expect(await viewers()).toEqual(new Map([['tournament:summer-cup', 14]]));

      await admin.flushAll();
      now += 5_000;
      expect(await fleet()).toMatchObject(alone);
      expect(await viewers()).toEqual(new Map([['tournament:summer-cup', 7]]));
    });
  });
});
