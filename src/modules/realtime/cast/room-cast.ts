/**
 * One event to many sockets. Encoded and framed once; a room is an array; a
 * socket gets one write. A walk over a large room gives the event loop air
 * between slices, and events that arrive meanwhile wait: they go out together
 * in the next walk, one write a socket for all of them. Under load writes grow
 * and do not multiply; without load nothing waits.
 *
 * Events of one lane (a tournament with its matches) go out in order. A socket
 * in several of an event's rooms gets it once.
 */
import type { CastTask, Encoded } from './frame.js';
import type { Outlet } from './outlet.js';
import { RoomMembers, type Member } from './room-members.js';
import type { SlowReaders } from './slow-readers.js';

interface Lane {
  waiting: CastTask[];
  walk: Walk | undefined;
}

interface Walk {
  rooms: { members: RoomMembers; tasks: CastTask[]; frames: Buffer; /** Rooms walked before this one: who is in them has been served. */ before: RoomMembers[] }[];
  room: number;
  shard: number;
  index: number;
  /** What sockets were served in a room that they have left since, by socket. */
  left: Map<string, Set<CastTask>>;
}

/** Whether a walk has been at this member of the room of that number. */
function isPast(walk: Walk, room: number, { shard, index }: Member): boolean {
  if (room !== walk.room) return room < walk.room;
  return shard < walk.shard || (shard === walk.shard && index < walk.index);
}

/** For a member that leaves in mid-walk: what it was served there must not come again by another of its rooms. */
function keepServed(walk: Walk, left: RoomMembers, member: Member): void {
  const room = walk.rooms.findIndex(({ members }) => members === left);
  if (room < 0 || room === walk.rooms.length - 1 || !isPast(walk, room, member)) return;
  const { id } = member.outlet.socket;
  const served = walk.left.get(id) ?? new Set();
  for (const task of walk.rooms[room]?.tasks ?? []) if (task.ordinal > member.since) served.add(task);
  walk.left.set(id, served);
}

/** How long a walk may keep the event loop. Far below the 50 ms that are promised: other work waits beside it. */
const SLICE_MS = 8;
/** Members between two looks at the clock. */
const LOOK_EVERY = 64;

export interface RoomCastOptions {
  shardSize: number;
  slow: SlowReaders;
  outletOf: (id: string) => Outlet | undefined;
  onShard: (name: string, sockets: number) => void;
  now: () => number;
}

export class RoomCast {
  private readonly rooms = new Map<string, RoomMembers>();
  private readonly outlets = new Map<string, Outlet>();
  private readonly lanes = new Map<string, Lane>();
  private ordinal = 0;

  constructor(private readonly options: RoomCastOptions) {}

  join(room: string, id: string): void {
    let outlet = this.outlets.get(id);
    if (!outlet) {
      outlet = this.options.outletOf(id);
      if (!outlet) return;
      this.outlets.set(id, outlet);
    }
    let members = this.rooms.get(room);
    if (!members) {
      members = new RoomMembers(room, this.options.shardSize, this.options.onShard);
      this.rooms.set(room, members);
    }
    outlet.memberships.add(members.add(id, outlet, this.ordinal));
  }

  leave(room: string, id: string): void {
    const members = this.rooms.get(room);
    const there = members?.get(id);
    if (members && there) for (const { walk } of this.lanes.values()) if (walk) keepServed(walk, members, there);
    const member = members?.remove(id);
    if (members?.size === 0) this.rooms.delete(room);
    if (!member) return;
    member.outlet.memberships.delete(member);
    if (member.outlet.memberships.size === 0) this.outlets.delete(id);
  }

  /** Rooms in which some event still waits for some socket. */
  isBusy(lane: string): boolean {
    return this.lanes.has(lane);
  }

  /** Sends to every member of the rooms, each once. Rooms later in the list are served first. */
  send(lane: string, encoded: Encoded, rooms: readonly string[], about?: { matchId: string; seq: number }): void {
    this.ordinal += 1;
    const task: CastTask = { text: encoded.text, frame: encoded.frame, ordinal: this.ordinal, rooms, matchId: about?.matchId, seq: about?.seq };
    const open = this.lanes.get(lane);
    if (open) {
      open.waiting.push(task);
      return;
    }
    const opened: Lane = { waiting: [task], walk: undefined };
    this.lanes.set(lane, opened);
    this.run(lane, opened);
  }

  /**
   * For an outlet that comes back into the stream: what waits here will be told
   * it by other means, so it is past all that, and of which matches is noted in
   * `behind`.
   */
  catchUp(outlet: Outlet): void {
    for (const { walk, waiting } of this.lanes.values()) {
      const unserved = walk ? new Set(walk.rooms.flatMap(({ tasks }) => tasks)) : [];
      for (const task of [...unserved, ...waiting]) {
        const { matchId, seq } = task;
        if (matchId === undefined || seq === undefined || outlet.behind?.has(matchId)) continue;
        if (this.isFor(outlet, task) && !(walk && this.hasServed(walk, outlet, task))) outlet.behind?.set(matchId, seq - 1);
      }
    }
    for (const member of outlet.memberships) member.since = this.ordinal;
  }

  private isFor({ socket }: Outlet, { rooms, ordinal }: CastTask): boolean {
    return rooms.some((room) => (this.rooms.get(room)?.get(socket.id)?.since ?? ordinal) < ordinal);
  }

  private hasServed(walk: Walk, { socket }: Outlet, task: CastTask): boolean {
    if (walk.left.get(socket.id)?.has(task)) return true;
    return walk.rooms.some(({ members, tasks }, room) => {
      const member = members.get(socket.id);
      return member !== undefined && member.since < task.ordinal && tasks.includes(task) && isPast(walk, room, member);
    });
  }

  private run(name: string, lane: Lane): void {
    const until = this.options.now() + SLICE_MS;
    for (;;) {
      lane.walk ??= this.plan(lane);
      if (!lane.walk) {
        this.lanes.delete(name);
        return;
      }
      if (!this.walk(lane.walk, until)) {
        setImmediate(() => {
          this.run(name, lane);
        });
        return;
      }
      lane.walk = undefined;
    }
  }

  /** Everything that waits in a lane, by room. */
  private plan(lane: Lane): Walk | undefined {
    const tasks = lane.waiting;
    if (tasks.length === 0) return undefined;
    lane.waiting = [];
    const order = new Set<string>();
    for (const task of tasks) order.add(task.rooms.at(-1) ?? '');
    for (const task of tasks) for (const room of task.rooms) order.add(room);
    const walk: Walk = { rooms: [], room: 0, shard: 0, index: 0, left: new Map() };
    for (const room of order) {
      const members = this.rooms.get(room);
      if (!members) continue;
      const own = tasks.filter((task) => task.rooms.includes(room));
      members.beginWalk();
      walk.rooms.push({
        members,
        tasks: own,
        frames: own.length === 1 && own[0] ? own[0].frame : Buffer.concat(own.map((task) => task.frame)),
        before: walk.rooms.map((earlier) => earlier.members),
      });
    }
    return walk;
  }

  /** Goes on with a walk until it is done (true) or its time is up. */
  private walk(walk: Walk, until: number): boolean {
    let looks = 0;
    for (; walk.room < walk.rooms.length; walk.room += 1, walk.shard = 0) {
      const at = walk.rooms[walk.room];
      if (!at) continue;
      const { members, tasks, frames, before } = at;
      const first = tasks[0]?.ordinal ?? 0;
      for (; walk.shard < members.shards.length; walk.shard += 1, walk.index = 0) {
        const shard = members.shards[walk.shard] ?? [];
        while (walk.index < shard.length) {
          const member = shard[walk.index];
          walk.index += 1;
          if (member === undefined) continue;
          if (member.since < first && (before.length === 0 || (member.outlet.memberships.size === 1 && !(walk.left.size > 0 && walk.left.has(member.outlet.socket.id))))) this.deliver(member, frames, tasks);
          else this.deliverSome(member, tasks, before, walk.left.get(member.outlet.socket.id));
          looks += 1;
          if (looks % LOOK_EVERY === 0 && this.options.now() >= until) return false;
        }
      }
      walk.index = 0;
      members.endWalk();
    }
    return true;
  }

  private deliver(member: Member, frames: Buffer, tasks: readonly CastTask[]): void {
    const { outlet } = member;
    if (this.options.slow.holds(outlet, tasks)) return;
    outlet.send(frames, tasks);
  }

  /** For a member that came while these waited, or that is in another room of theirs. */
  private deliverSome(member: Member, tasks: readonly CastTask[], before: readonly RoomMembers[], served: ReadonlySet<CastTask> | undefined): void {
    const id = member.outlet.socket.id;
    const own = tasks.filter((task) => {
      if (task.ordinal <= member.since || served?.has(task)) return false;
      return !before.some((room) => {
        if (!task.rooms.includes(room.name)) return false;
        const there = room.get(id);
        return there !== undefined && there.since < task.ordinal;
      });
    });
    if (own.length > 0) this.deliver(member, Buffer.concat(own.map((task) => task.frame)), own);
  }
}
