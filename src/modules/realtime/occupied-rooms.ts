/**
 * The rooms that people are in on this instance. Followed as people come and
 * go: of 10,000 signed-in users they are one in two of the rooms that Socket.IO
 * has, beside each socket's own, and to look for them there every second kept
 * everything else waiting for 10 ms.
 */
import { userIn } from '../../contracts/room.js';

/** Rooms with their sockets. */
export type RoomCounts = ReadonlyMap<string, number>;

/** Socket.IO's adapter, as far as it is listened to. */
export interface RoomsAdapter {
  readonly rooms: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sids: ReadonlyMap<string, unknown>;
  on(event: 'create-room' | 'delete-room' | 'join-room' | 'leave-room', listener: (room: string) => void): unknown;
}

const isOfUser = (room: string): boolean => userIn(room) !== undefined;

export class OccupiedRooms {
  private adapter: RoomsAdapter | undefined;
  private readonly watchedNames = new Set<string>();
  private readonly userNames = new Set<string>();
  private changedNames = new Set<string>();

  /** To be called before the first socket joins. */
  follow(adapter: RoomsAdapter): void {
    this.adapter = adapter;
    adapter.on('create-room', (room) => {
      // A socket's own, which is named after it.
      if (adapter.sids.has(room)) return;
      (isOfUser(room) ? this.userNames : this.watchedNames).add(room);
    });
    adapter.on('delete-room', (room) => {
      if (!this.userNames.delete(room)) this.watchedNames.delete(room);
    });
    const changed = (room: string): void => {
      if (isOfUser(room)) this.changedNames.add(room);
    };
    adapter.on('join-room', changed);
    adapter.on('leave-room', changed);
  }

  /** Those of matches and tournaments. */
  watched(): RoomCounts {
    return this.counted(this.watchedNames);
  }

  /** How many users' rooms there are. */
  get users(): number {
    return this.userNames.size;
  }

  userRooms(): RoomCounts {
    return this.counted(this.userNames);
  }

  /** The users' rooms whose sockets changed since this was asked last; 0: nobody is left. */
  takeChangedUserRooms(): RoomCounts {
    const changed = this.counted(this.changedNames);
    this.changedNames = new Set();
    return changed;
  }

  private counted(rooms: ReadonlySet<string>): RoomCounts {
    const counts = new Map<string, number>();
    for (const room of rooms) counts.set(room, this.adapter?.rooms.get(room)?.size ?? 0);
    return counts;
  }
}
