/**
 * The sockets of one room on this instance, as arrays that can be walked
 * without looking anything up. A room above the shard size is kept in shards,
 * `<room>:shard-0`, `-1`, …, under its one public name.
 */
import type { Membership, Outlet } from './outlet.js';

export interface Member extends Membership {
  readonly outlet: Outlet;
  shard: number;
  index: number;
}

export class RoomMembers {
  /** Holes are left where a member went, since a walk may be under way; they are closed when none is. */
  readonly shards: (Member | undefined)[][] = [];
  private readonly byId = new Map<string, Member>();
  private holes = 0;
  private walks = 0;

  constructor(
    readonly name: string,
    private readonly shardSize: number,
    /** Told when the room outgrows its shards, with the new one's name. */
    private readonly onShard: (name: string, sockets: number) => void,
  ) {}

  get size(): number {
    return this.byId.size;
  }

  get(id: string): Member | undefined {
    return this.byId.get(id);
  }

  add(id: string, outlet: Outlet, since: number): Member {
    const member: Member = { outlet, since, shard: 0, index: 0 };
    this.place(member);
    this.byId.set(id, member);
    return member;
  }

  remove(id: string): Member | undefined {
    const member = this.byId.get(id);
    if (!member) return undefined;
    this.byId.delete(id);
    const list = this.shards[member.shard];
    if (list) list[member.index] = undefined;
    this.holes += 1;
    this.tidy();
    return member;
  }

  beginWalk(): void {
    this.walks += 1;
  }

  endWalk(): void {
    this.walks -= 1;
    this.tidy();
  }

  /** Closes the holes once they are a quarter of the room: amortised, a leave costs a constant. */
  private tidy(): void {
    if (this.walks > 0 || this.holes * 4 < this.size + this.holes || this.holes === 0) return;
    const members = [...this.byId.values()];
    this.shards.length = 0;
    this.holes = 0;
    for (const member of members) this.place(member);
  }

  /** At the end of the last shard, or of a new one when that is full. */
  private place(member: Member): void {
    let list = this.shards.at(-1);
    if (list === undefined || list.length >= this.shardSize) {
      list = [];
      this.shards.push(list);
      if (this.shards.length > 1) this.onShard(`${this.name}:shard-${String(this.shards.length - 1)}`, this.size);
    }
    member.shard = this.shards.length - 1;
    member.index = list.push(member) - 1;
  }
}
