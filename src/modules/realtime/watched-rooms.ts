/** Which rooms this instance has to hear: those with sockets, those being joined, and for a while those just left. */
import type { Topics } from './topics.js';

/** Long enough for a page to be reloaded without a new subscription and a new read. */
const LINGER_MS = 30_000;

export class WatchedRooms {
  private readonly holds = new Map<string, number>();
  private readonly lastUsed = new Map<string, number>();

  constructor(
    private readonly topics: Topics,
    private readonly isOccupied: (room: string) => boolean,
    private readonly now: () => number,
  ) {}

  /** Keeps a room that is being joined; returns how to let go of it. */
  hold(room: string): () => void {
    this.holds.set(room, (this.holds.get(room) ?? 0) + 1);
    return () => {
      const left = (this.holds.get(room) ?? 1) - 1;
      if (left > 0) this.holds.set(room, left);
      else this.holds.delete(room);
      this.lastUsed.set(room, this.now());
    };
  }

  /** Stops hearing rooms that nobody has used for a while; returns the rooms that remain. */
  tidy(): Set<string> {
    const now = this.now();
    for (const [room, used] of this.lastUsed) {
      if (this.isOccupied(room)) this.lastUsed.set(room, now);
      else if (!this.holds.has(room) && now - used > LINGER_MS) {
        this.lastUsed.delete(room);
        this.topics.forget(room);
      }
    }
    return new Set([...this.lastUsed.keys(), ...this.holds.keys()]);
  }
}
