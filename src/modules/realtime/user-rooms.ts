/**
 * The rooms of users, by name, over the whole fleet. There are as many as
 * signed-in users: 10,000 names a second were 200 KB written, and read by every
 * other instance. So an instance keeps its own in a Redis hash and writes what
 * changed, 0.6 KB in all when nobody came or went; the others' are read when
 * somebody asks (test/presence.test.ts).
 */
import { redisKeys } from '../../platform/redis/keys.js';
import type { RedisCommands } from '../../platform/redis/redis-links.js';
import type { OccupiedRooms, RoomCounts } from './occupied-rooms.js';

/** This instance's own. */
export type OwnUserRooms = Pick<OccupiedRooms, 'userRooms' | 'takeChangedUserRooms'>;

/** The hash's one field that is no room: how often it was written since it was made. */
const WRITES = 'writes';

export class UserRooms {
  /** Whether the hash holds what was written to it. */
  private held = false;
  private writes = 0;

  constructor(private readonly ttlMs: number) {}

  async publish(commands: RedisCommands, instanceId: string, own: OwnUserRooms): Promise<void> {
    const key = redisKeys.userRooms(instanceId);
    if (await this.write(commands, key, own)) return;
    // Redis came back empty, or as a replica that had yet to hear of a write: all of it once more.
    await this.write(commands, key, own);
  }

  /** Nobody can be told: what changes meanwhile is not kept, and all is written when somebody can. */
  miss(own: OwnUserRooms): void {
    own.takeChangedUserRooms();
    this.held = false;
  }

  /** Those of each of these instances. */
  read(commands: RedisCommands, instanceIds: readonly string[]): Promise<RoomCounts[]> {
    return Promise.all(
      instanceIds.map(async (id) => {
        const rooms = new Map<string, number>();
        for (const [room, sockets] of Object.entries(await commands.hGetAll(redisKeys.userRooms(id)))) if (room !== WRITES) rooms.set(room, Number(sockets));
        return rooms;
      }),
    );
  }

  /** Writes what changed, or everything where it is not known what is there; false: something else was there. */
  private async write(commands: RedisCommands, key: string, own: OwnUserRooms): Promise<boolean> {
    const since = own.takeChangedUserRooms();
    const changed = new Map<string, number>();
    const gone: string[] = [];
    for (const [room, sockets] of this.held ? since : own.userRooms()) {
      if (sockets > 0) changed.set(room, sockets);
      else gone.push(room);
    }
    const multi = commands.multi();
    if (!this.held) {
      multi.del(key);
      this.writes = 0;
    }
    if (changed.size > 0) multi.hSet(key, changed);
    if (gone.length > 0) multi.hDel(key, gone);
    multi.hIncrBy(key, WRITES, 1).pExpire(key, this.ttlMs);
    const writes = (this.writes += 1);
    this.held = false;
    const replies: unknown[] = await multi.exec();
    this.held = replies.at(-2) === writes;
    return this.held;
  }
}
