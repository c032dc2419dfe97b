/**
 * How many sockets are where, over the whole fleet. Each instance publishes
 * its own counts with a TTL and adds up what the others published: nothing
 * here asks another instance and waits for it. While Redis cannot tell, the
 * others are shown as they were last known, with their age, and nobody is told
 * how many watch. Rooms of users are as many as people: every second tells how
 * many, `UserRooms` which.
 */
import { z } from 'zod';
import type { InstanceStats, WebsocketStats } from '../../contracts/monitoring.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { withinMs, type RedisCommands, type RedisLinks } from '../../platform/redis/redis-links.js';
import type { RoomCounts } from './occupied-rooms.js';
import { UserRooms, type OwnUserRooms } from './user-rooms.js';

/** A dead instance's counts are gone after this. */
const TTL_MS = 5_000;
/** Readings by many pollers within this time share one look. */
const SHARED_MS = 200;
const READ_MS = 500;
/** So long the others are remembered while Redis is away: longer than it takes to restart or to be replaced. */
const REMEMBERED_MS = 300_000;
/** After an outage everybody has published again within this. */
const RETURN_MS = TTL_MS;

const Report = z.object({
  instanceId: z.string(),
  startedAt: z.string(),
  at: z.number(),
  connections: z.int(),
  redis: z.enum(['ok', 'away', 'none']),
  rooms: z.record(z.string(), z.int()),
  /** Rooms whose names are not for everybody: of private tournaments. */
  hidden: z.record(z.string(), z.int()),
  /** How many rooms of users; which, `UserRooms` knows. */
  users: z.int(),
});
type Report = z.infer<typeof Report>;

/** An instance's counts: what is said of them every second, and the rooms of users by name. */
export interface Counts {
  report: Report;
  userRooms: OwnUserRooms;
}

export interface PresenceOptions {
  redis: RedisLinks | null;
  /** This instance's counts as they are now. */
  own: () => Counts;
  /** Unix milliseconds. */
  now: () => number;
  /** Milliseconds of a clock that is never set back. */
  elapsed: () => number;
}

interface Others {
  reports: Report[];
  /** Every report is as Redis has it now; false: some are from before it was away. */
  current: boolean;
}

interface Look {
  at: number;
  others: Promise<Others>;
  /** Only once somebody asked for them; of the instances whose rooms are not known: how many. */
  userRooms?: Promise<{ known: RoomCounts[]; unknown: number }>;
}

export class Presence {
  private readonly userRooms = new UserRooms(TTL_MS);
  private shared: Look | undefined;
  /** The other instances as they were read last, by id. */
  private remembered = new Map<string, Report>();
  private readonly rememberedUserRooms = new Map<string, RoomCounts>();
  /** When the last look failed that was meant to succeed, and when one succeeded. */
  private failedAt = -Infinity;
  private readAt = -Infinity;

  constructor(private readonly options: PresenceOptions) {}

  /** Publishes this instance's counts. */
  async publish({ report, userRooms }: Counts = this.options.own()): Promise<void> {
    const { redis, now } = this.options;
    if (!redis?.commands.isReady) {
      this.userRooms.miss(userRooms);
      return;
    }
    await Promise.all([
      this.userRooms.publish(redis.commands, report.instanceId, userRooms),
      redis.commands.set(redisKeys.presence(report.instanceId), JSON.stringify(report), { expiration: { type: 'PX', value: TTL_MS } }),
      redis.commands.zAdd(redisKeys.instances, { score: now(), value: report.instanceId }),
      redis.commands.zRemRangeByScore(redisKeys.instances, 0, now() - 10 * TTL_MS),
    ]);
  }

  /** Publishes at once, and no look at the others from before is shown any more. */
  async republish(): Promise<void> {
    this.shared = undefined;
    await this.publish();
  }

  /** Takes this instance out of the fleet's counts at once. */
  async withdraw(): Promise<void> {
    const { redis, own } = this.options;
    if (!redis?.commands.isReady) return;
    const { instanceId } = own().report;
    await Promise.all([redis.commands.del(redisKeys.presence(instanceId)), redis.commands.del(redisKeys.userRooms(instanceId)), redis.commands.zRem(redisKeys.instances, instanceId)]);
  }

  /** Fleet-wide counts. `all`: with the names of hidden rooms, for admins. */
  async stats({ all }: { all: boolean }): Promise<WebsocketStats> {
    const look = this.look(this.options.own().report);
    const others = (await look.others).reports;
    const othersUserRooms = await (look.userRooms ??= this.othersUserRooms(others));
    const own = this.options.own();
    const reports = [own.report, ...others].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
    const named = new Map<string, number>();
    const counted = new Set<string>();
    // What one instance knows to be private is not named for others that have yet to hear of it.
    const hidden = new Set(all ? [] : reports.flatMap((report) => Object.keys(report.hidden)));
    for (const report of reports) {
      for (const [room, connections] of Object.entries({ ...report.rooms, ...(all ? report.hidden : {}) })) if (!hidden.has(room)) named.set(room, (named.get(room) ?? 0) + connections);
      for (const room of [...Object.keys(report.rooms), ...Object.keys(report.hidden)]) counted.add(room);
    }
    // A user whose sockets are on two instances has one room.
    for (const userRooms of [own.userRooms.userRooms(), ...othersUserRooms.known]) {
      for (const [room, connections] of userRooms) {
        if (all) named.set(room, (named.get(room) ?? 0) + connections);
        counted.add(room);
      }
    }
    const rooms = [...named].map(([room, connections]) => ({ room, connections })).sort((a, b) => b.connections - a.connections || (a.room < b.room ? -1 : 1));
    return { totalConnections: reports.reduce((sum, report) => sum + report.connections, 0), totalRooms: counted.size + othersUserRooms.unknown, rooms, instances: reports.map((report) => this.instanceStats(report)) };
  }

  /** How many sockets each of these rooms has over the fleet, of which `own` are here; null: that is not known now. */
  async viewers(rooms: readonly string[], own: Report): Promise<Map<string, number> | null> {
    const others = await this.look(own).others;
    if (!others.current) return null;
    const reports = [own, ...others.reports];
    return new Map(rooms.map((room) => [room, reports.reduce((sum, report) => sum + (report.rooms[room] ?? report.hidden[room] ?? 0), 0)]));
  }

  private instanceStats(report: Report): InstanceStats {
    const rooms = Object.keys(report.rooms).length + Object.keys(report.hidden).length + report.users;
    return { instanceId: report.instanceId, connections: report.connections, rooms, startedAt: report.startedAt, ageMs: Math.max(0, this.options.now() - report.at), redis: report.redis };
  }

  private look(own: Report): Look {
    const now = this.options.elapsed();
    if (!this.shared || now - this.shared.at > SHARED_MS) this.shared = { at: now, others: this.others(own) };
    return this.shared;
  }

  /** As Redis has them, or as they were known last when it cannot be asked. */
  private async others({ instanceId, redis: health }: Report): Promise<Others> {
    const { redis, elapsed } = this.options;
    if (!redis) return { reports: [], current: true };
    const found = redis.commands.isReady && health === 'ok' ? await answered(this.readOthers(redis.commands, instanceId)) : undefined;
    const now = elapsed();
    if (found) {
      this.readAt = now;
      const read = new Map(found.map((report) => [report.instanceId, report]));
      // Redis came back empty, or with what has expired meanwhile: who is missing has yet to publish.
      const missing = now - this.failedAt < RETURN_MS ? [...this.remembered.values()].filter(({ instanceId: id }) => !read.has(id)) : [];
      this.remembered = new Map([...read, ...missing.map((report) => [report.instanceId, report] as const)]);
      for (const id of this.rememberedUserRooms.keys()) if (!this.remembered.has(id)) this.rememberedUserRooms.delete(id);
      return { reports: [...this.remembered.values()], current: missing.length === 0 };
    }
    this.failedAt = now;
    if (now - this.readAt > REMEMBERED_MS) {
      this.remembered.clear();
      this.rememberedUserRooms.clear();
    }
    return { reports: [...this.remembered.values()], current: false };
  }

  private async othersUserRooms(others: readonly Report[]): Promise<{ known: RoomCounts[]; unknown: number }> {
    const { redis } = this.options;
    const withUsers = others.filter(({ users }) => users > 0);
    if (!redis || withUsers.length === 0) return { known: [], unknown: 0 };
    const ids = withUsers.map(({ instanceId }) => instanceId);
    const read = redis.commands.isReady ? await answered(this.userRooms.read(redis.commands, ids)) : undefined;
    // An instance with users and without their rooms has yet to publish them again.
    for (const [index, rooms] of (read ?? []).entries()) if (rooms.size > 0) this.rememberedUserRooms.set(ids[index] ?? '', rooms);
    const known = withUsers.map(({ instanceId }) => this.rememberedUserRooms.get(instanceId));
    return { known: known.filter((rooms) => rooms !== undefined), unknown: withUsers.reduce((sum, { users }, index) => sum + (known[index] ? 0 : users), 0) };
  }

  private async readOthers(commands: RedisCommands, ownId: string): Promise<Report[]> {
    const { now } = this.options;
    const ids = await commands.zRangeByScore(redisKeys.instances, now() - 2 * TTL_MS, '+inf');
    const others = ids.filter((id) => id !== ownId);
    if (others.length === 0) return [];
    return (await commands.mGet(others.map((id) => redisKeys.presence(id)))).flatMap((text) => {
      const report = text === null ? undefined : Report.safeParse(JSON.parse(text));
      return report?.success && now() - report.data.at < TTL_MS * 2 ? [report.data] : [];
    });
  }
}

/** What was read, if it was in time; undefined: Redis does not answer. */
async function answered<T>(read: Promise<T>): Promise<T | undefined> {
  let value: T | undefined;
  const inTime = await withinMs(read.then((found) => (value = found)), READ_MS);
  return inTime ? value : undefined;
}
