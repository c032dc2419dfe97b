/**
 * Makes events at a rate, from a process of its own, so that a busy crowd does
 * not slow it down: as another Grandstand instance would publish them, or as
 * another Socket.IO server with the Redis adapter would emit them.
 */
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { matchRoom, NAMESPACE, tournamentRoom } from '../../src/contracts/room.js';
import { redisKeys } from '../../src/platform/redis/keys.js';
import { serveCalls } from './calls.js';
import { scoreEvent } from './score-event.js';

export interface Drive {
  redisUrl: string;
  /** `ours`: PUBLISH to the room's channel; `bare`: `io.to(rooms).emit`. */
  side: 'ours' | 'bare';
  tournamentId: string;
  matchIds: string[];
  perSecond: number;
  seconds: number;
  bytes: number;
}

type Publish = (event: ReturnType<typeof scoreEvent>) => void;
const seqs = new Map<string, number>();
const publishers = new Map<string, Promise<Publish>>();

async function publisher(redisUrl: string, side: Drive['side']): Promise<Publish> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  if (side === 'ours') {
    return (event) => {
      const message = JSON.stringify(event);
      for (const room of [matchRoom(event.matchId), tournamentRoom(event.tournamentId)]) void client.sPublish(redisKeys.roomChannel(room), message);
    };
  }
  const listener = client.duplicate();
  await listener.connect();
  const io = new Server({ adapter: createAdapter(client, listener) });
  return (event) => io.of(NAMESPACE).to(matchRoom(event.matchId)).emit(event.type, event);
}

const driver = {
  /** A new server begins where its database stands. */
  restart(seq: number): void {
    seqs.clear();
    base = seq;
  },

  async drive(given: Drive): Promise<{ sent: number; lateMs: number }> {
    const key = `${given.side} ${given.redisUrl}`;
    const publish = await (publishers.get(key) ?? publishers.set(key, publisher(given.redisUrl, given.side)).get(key));
    const begun = performance.now();
    const total = Math.round(given.perSecond * given.seconds);
    let sent = 0;
    let lateMs = 0;
    await new Promise<void>((resolve) => {
      const step = (): void => {
        const now = performance.now();
        for (; sent < total && begun + (sent * 1000) / given.perSecond <= now; sent += 1) {
          lateMs = Math.max(lateMs, now - begun - (sent * 1000) / given.perSecond);
          const matchId = given.matchIds[sent % given.matchIds.length] ?? '';
          const seq = (seqs.get(matchId) ?? base) + 1;
          seqs.set(matchId, seq);
          publish?.(scoreEvent(given.tournamentId, matchId, seq, given.bytes));
        }
        if (sent >= total) resolve();
        else setTimeout(step, Math.max(0, begun + (sent * 1000) / given.perSecond - performance.now()));
      };
      step();
    });
    return { sent, lateMs };
  },
};
let base = 1;
export type Driver = typeof driver;

serveCalls(driver);
