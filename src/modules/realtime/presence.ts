/**
 * How many sockets are where, over the whole fleet. Each instance publishes
 * its own counts with a TTL and adds up what the others published: nothing
 * here asks another instance and waits for it. Rooms of users are as many as
 * people: every second tells how many, `UserRooms` which.
 */
import { z } from 'zod';
import type { InstanceStats, WebsocketStats } from '../../contracts/monitoring.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { withinMs, type RedisCommands, type RedisLinks } from '../../platform/redis/redis-links.js';
import { UserRooms, type RoomCounts } from './user-rooms.js';

/** A dead instance's counts are gone after this. */
const TTL_MS = 5_000;
/** Readings by many pollers within this time share one look. */
const SHARED_MS = 200;
const READ_MS = 500;

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
  userRooms: RoomCounts;
}

export interface PresenceOptions {
  redis: RedisLinks | null;
  /** This instance's counts as they are now: of 10,000 rooms of users a millisecond's work, so a round asks once. */
  own: () => Counts;
  /** Unix milliseconds. */
  now: () => number;
  /** Milliseconds of a clock that is never set back. */
  elapsed: () => number;
}

interface Look {
  at: number;
  others: Promise<Report[]>;
  /** Only once somebody asked for them. */
  userRooms?: Promise<RoomCounts[]>;
}

export class Presence {
  private readonly userRooms = new UserRooms(TTL_MS);
  private shared: Look | undefined;

  constructor(private readonly options: PresenceOptions) {}

  /** Publishes this instance's counts. */
  async publish({ report, userRooms }: Counts = this.options.own()): Promise<void> {
    const { redis, now } = this.options;
    if (!redis?.commands.isReady) return;
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
    const others = await look.others;
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
    for (const userRooms of [own.userRooms, ...othersUserRooms]) {
      for (const [room, connections] of userRooms) {
        if (all) named.set(room, (named.get(room) ?? 0) + connections);
        counted.add(room);
      }
    }
    const rooms = [...named].map(([room, connections]) => ({ room, connections })).sort((a, b) => b.connections - a.connections || (a.room < b.room ? -1 : 1));
    return { totalConnections: reports.reduce((sum, report) => sum + report.connections, 0), totalRooms: counted.size, rooms, instances: reports.map((report) => this.instanceStats(report)) };
  }

  /** How many sockets each of these rooms has over the fleet, of which `own` are here. */
  async viewers(rooms: readonly string[], own: Report): Promise<Map<string, number>> {
    const others = await this.look(own).others;
    const reports = [own, ...others];
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

  /** None when Redis cannot be asked: then the counts are this instance's own. */
  private async others({ instanceId, redis: health }: Report): Promise<Report[]> {
    const { redis } = this.options;
    if (!redis?.commands.isReady || health !== 'ok') return [];
    const reports: Report[] = [];
    await withinMs(this.readOthers(redis.commands, instanceId).then((found) => reports.push(...found)), READ_MS);
    return reports;
  }

  private async othersUserRooms(others: readonly Report[]): Promise<RoomCounts[]> {
    const { redis } = this.options;
    const ids = others.filter(({ users }) => users > 0).map(({ instanceId }) => instanceId);
    if (!redis || ids.length === 0) return [];
    const found: RoomCounts[] = [];
    await withinMs(this.userRooms.read(redis.commands, ids).then((read) => found.push(...read)), READ_MS);
    return found;
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
