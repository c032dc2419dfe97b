/** What a crowd of sockets has received: how much, how late, and whether each got each event once. */
import { Latencies } from './figures.js';

/** A socket, as far as it is counted. */
export interface Follower {
  /** The last `seq` of the match it watches; -1: the server says none. */
  seq: number;
  readonly matchId: string | undefined;
}

export class Tally {
  readonly latencies = new Latencies();
  events = 0;
  /** Heartbeats and viewer counts. */
  chatter = 0;
  /** Events that did not come, that came twice, and `draining` and its like. */
  gaps = 0;
  doubles = 0;
  strange: Record<string, number> = {};
  lastAt = 0;

  event(socket: Follower, seq: number, ageMs: number): void {
    this.events += 1;
    this.latencies.add(ageMs);
    this.follow(socket, seq);
  }

  /** Once, and in order: bare Socket.IO promises neither, and is asked from its first event on. */
  follow(socket: Follower, seq: number): void {
    if (socket.seq >= 0) {
      if (seq <= socket.seq) this.doubles += 1;
      else if (seq > socket.seq + 1) this.gaps += seq - socket.seq - 1;
    }
    if (seq > socket.seq) socket.seq = seq;
  }

  other(socket: Follower, [name, payload]: [string, { seq?: number; matchId?: string }]): void {
    if (typeof payload.seq === 'number' && payload.matchId === socket.matchId) {
      this.events += 1;
      this.follow(socket, payload.seq);
    } else this.strange[name] = (this.strange[name] ?? 0) + 1;
  }

  reset(): void {
    this.latencies.reset();
    this.events = 0;
    this.chatter = 0;
    this.gaps = 0;
    this.doubles = 0;
    this.strange = {};
  }
}
