/** A process full of polling sessions, which share a few connections by taking turns. */
import { Agent } from 'node:http';
import { serveCalls } from './calls.js';
import type { Place } from './lean-socket.js';
import { PollingSession } from './polling-session.js';
import { say } from './report.js';
import { Tally } from './tally.js';

export interface PollingSheet {
  /** Sessions that the server still knew at their last turn. */
  open: number;
  events: number;
  gaps: number;
  doubles: number;
  /** The lowest and the highest `seq` at which a session stands. */
  stands: [number, number];
}

const tally = new Tally();
const sessions: PollingSession[] = [];

async function takeTurns(queue: PollingSession[]): Promise<void> {
  for (let session = queue.shift(); session; session = queue.shift()) {
    try {
      await session.poll();
      queue.push(session);
    } catch (error) {
      session.connected = false;
      say(`a session ended: ${String(error)}`);
    }
  }
}

const polling = {
  /** `connections`: how many the sessions have open together, from the first to the last poll. */
  async gather({ count, matchId, connections, ...place }: Omit<Place, 'token'> & { count: number; matchId: string; connections: number }): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    let begun = 0;
    const open = async (): Promise<void> => {
      while (begun < count) {
        begun += 1;
        const session = new PollingSession(tally, agent, place);
        await session.open();
        await session.join(matchId);
        sessions.push(session);
      }
    };
    await Promise.all(Array.from({ length: connections }, open));
    const queue = [...sessions];
    for (let turn = 0; turn < connections; turn += 1) void takeTurns(queue);
  },

  reset(): void {
    tally.reset();
  },

  events: (): number => tally.events,

  sheet(): PollingSheet {
    const seqs = sessions.map((session) => session.seq);
    return { open: sessions.filter((session) => session.connected).length, events: tally.events, gaps: tally.gaps, doubles: tally.doubles, stands: [Math.min(...seqs), Math.max(...seqs)] };
  },
};
export type Polling = typeof polling;

serveCalls(polling);
