/**
 * When a room is told how many watch it: when that changed, and in a large
 * room less often, since telling costs as much as an event to everybody. Ten
 * thousand who connect within seconds would else hear of each other more than
 * of the match: 45% of the CPU while they came, in bench:fanout.
 */
import type { Viewers } from '../../contracts/socket.js';

/** Milliseconds between two tellings, for every socket here. */
const MS_A_SOCKET = 1;
const SELDOM_MS = 15_000;

export class ViewerCounts {
  private readonly told = new Map<string, { viewers: number; at: number }>();

  /** What is to be told now; takes it as told. `sockets`: each room's, on this instance. */
  due(viewers: ReadonlyMap<string, number>, sockets: ReadonlyMap<string, number>, now: number): Viewers[] {
    for (const room of this.told.keys()) if (!viewers.has(room)) this.told.delete(room);
    const due: Viewers[] = [];
    for (const [room, count] of viewers) {
      const last = this.told.get(room);
      if (last && (last.viewers === count || now - last.at < Math.min(SELDOM_MS, (sockets.get(room) ?? 0) * MS_A_SOCKET))) continue;
      this.told.set(room, { viewers: count, at: now });
      due.push({ room, viewers: count });
    }
    return due;
  }
}
