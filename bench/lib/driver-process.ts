/**
 * Makes events at a rate, from a process of its own, so that a busy crowd does
 * not slow it down: as another Grandstand instance would publish them, or as
 * another Socket.IO server with the Redis adapter would emit them.
 */
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from '@redis/client';
import { Server } from 'socket.io';
import { matchRoom, NAMESPACE, tournamentRoom } from '../../src/contracts/room.js';
import { redisKeys } from '../../src/platform/redis/keys.js';
import { serveCalls } from './calls.js';
import { Publisher } from './publisher.js';
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

export interface Driven {
  sent: number;
  /** Events a second that left, until Redis had the last: what was really offered. */
  perSecond: number;
  /** The latest that an event was made after it was due, and that Redis answered one: beyond a few ms the driver is what is measured. */
  lateMs: number;
  answerMs: number;
}

interface Way {
  publish: (event: ReturnType<typeof scoreEvent>) => void;
  /** After all that are due at a moment. */
  flush: () => void;
  /** When Redis has all; how long it took to say so, at most. */
  settled: () => Promise<number>;
}
const seqs = new Map<string, number>();
const ways = new Map<string, Promise<Way>>();

async function wayOf(redisUrl: string, side: Drive['side']): Promise<Way> {
  if (side === 'ours') {
    const publisher = await Publisher.open(redisUrl);
    return {
      publish: (event) => {
        const message = JSON.stringify(event);
        for (const room of [matchRoom(event.matchId), tournamentRoom(event.tournamentId)]) publisher.publish(redisKeys.roomChannel(room), message);
      },
      flush: () => {
        publisher.flush();
      },
      settled: async () => {
        await publisher.settled();
        const { answerMs } = publisher;
        publisher.answerMs = 0;
        return answerMs;
      },
    };
  }
  const client = createClient({ url: redisUrl });
  const listener = client.duplicate();
  await Promise.all([client.connect(), listener.connect()]);
  const io = new Server({ adapter: createAdapter(client, listener) });
  return { publish: (event) => io.of(NAMESPACE).to(matchRoom(event.matchId)).emit(event.type, event), flush: () => undefined, settled: () => Promise.resolve(0) };
}

const driver = {
  /** A new server begins where its database stands. */
  restart(seq: number): void {
    seqs.clear();
    base = seq;
  },

  async drive(given: Drive): Promise<Driven> {
    const key = `${given.side} ${given.redisUrl}`;
    const way = await (ways.get(key) ?? ways.set(key, wayOf(given.redisUrl, given.side)).get(key));
    if (!way) throw new Error('no way to Redis');
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
          way.publish(scoreEvent(given.tournamentId, matchId, seq, given.bytes));
        }
        way.flush();
        if (sent >= total) resolve();
        else setTimeout(step, Math.max(0, begun + (sent * 1000) / given.perSecond - performance.now()));
      };
      step();
    });
    const answerMs = await way.settled();
    return { sent, perSecond: (sent * 1000) / (performance.now() - begun), lateMs, answerMs };
  },
};
let base = 1;
export type Driver = typeof driver;

serveCalls(driver);
