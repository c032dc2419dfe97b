/** Walks that are cut into slices, member by member: what happens between two slices. */
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../platform/logging/logger.js';
import { createMetrics } from '../../../platform/metrics/metrics.js';
import type { TournamentSocket } from '../tournament-socket.js';
import type { Outlet } from './outlet.js';
import { RoomCast } from './room-cast.js';
import { SlowReaders } from './slow-readers.js';

/** One slice: a walk looks at the clock after so many members. */
const SLICE = 64;
const CUP = 'tournament:cup';
const OTHER = 'tournament:other';
const FINAL = 'match:final';

/** Sockets that take what they are sent, in a cast whose time is always up. */
function cast() {
  const sent = new Map<string, string[]>();
  const outlets = new Map<string, Outlet & { queued: number }>();
  const resynced: [string, [string, number][]][] = [];
  const options = { closeAfterMs: 30_000, budget: 100, logger: createLogger({ level: 'silent', instanceId: 'a' }), metrics: createMetrics('a'), now: Date.now };
  const slow = new SlowReaders({
    ...options,
    resync: (outlet, missed) => {
      rooms.catchUp(outlet);
      resynced.push([outlet.socket.id, [...missed]]);
    },
  });
  let now = 0;
  const rooms: RoomCast = new RoomCast({
    shardSize: 1_000,
    slow,
    onShard: () => undefined,
    now: () => (now += 1_000),
    outletOf: (id) => {
      const outlet = {
        memberships: new Set(), behind: null, behindSince: 0, queued: 0, socket: { id, connected: true } as TournamentSocket,
        send: (_: Buffer, events: readonly { text: string }[]) => void (sent.get(id) ?? sent.set(id, []).get(id))?.push(...events.map(({ text }) => text)),
      } as unknown as Outlet & { queued: number };
      outlets.set(id, outlet);
      return outlet;
    },
  });
  const crowd = (room: string): void => {
    for (let index = 0; index < SLICE; index += 1) rooms.join(room, `${room}-${String(index)}`);
  };
  return {
    rooms,
    slow,
    crowd,
    outlet: (id: string) => outlets.get(id)!,
    /** An event of a match of that tournament. */
    event: (tournament: string, matchId: string, seq: number) => {
      const text = `${matchId}-${String(seq)}`;
      rooms.send(tournament, { text, frame: Buffer.from(text) }, [`match:${matchId}`, tournament], { matchId, seq });
    },
    sent: (id: string) => sent.get(id) ?? [],
    resynced: () => resynced.splice(0),
    done: async () => {
      while ([CUP, OTHER].some((lane) => rooms.isBusy(lane))) await turn();
    },
  };
}

describe('between two slices of a walk', () => {
  let at: ReturnType<typeof cast>;
  beforeEach(() => {
    at = cast();
  });

  it('a socket that is back in the stream is told of what waits for it in any lane, and is not sent that', async () => {
    const { rooms, slow, crowd, outlet, event, sent, resynced, done } = at;
    for (const tournament of [CUP, OTHER]) crowd(tournament);
    for (const tournament of [CUP, OTHER]) rooms.join(tournament, 'ana');
    event(CUP, 'final', 5);
    await done();
    outlet('ana').queued = 101;
    event(CUP, 'final', 6);
    await done();
    // Held from the one; of the others one is on its way to it, and one waits for that.
    event(OTHER, 'semi', 3);
    event(OTHER, 'semi', 4);
    event(OTHER, 'quarter', 9);
    outlet('ana').queued = 0;
    slow.look();
    expect(resynced()).toEqual([['ana', [['final', 5], ['semi', 2], ['quarter', 8]]]]);
    await done();
    event(OTHER, 'semi', 5);
    await done();
    expect(sent('ana')).toEqual(['final-5', 'semi-5']);
    expect(sent(`${OTHER}-0`)).toEqual(['semi-3', 'semi-4', 'quarter-9', 'semi-5']);
  });

  it('a socket that is back in the stream is not told again of what the walk has sent it', async () => {
    const { rooms, slow, crowd, outlet, event, sent, resynced, done } = at;
    for (const tournament of [CUP, OTHER]) {
      rooms.join(tournament, 'ana');
      crowd(tournament);
    }
    // First in its room: sent before the slice ends.
    event(OTHER, 'semi', 3);
    expect(sent('ana')).toEqual(['semi-3']);
    outlet('ana').queued = 101;
    event(CUP, 'final', 6);
    expect(outlet('ana').behind).not.toBeNull();
    outlet('ana').queued = 0;
    slow.look();
    expect(resynced()).toEqual([['ana', [['final', 5]]]]);
    await done();
    expect(sent('ana')).toEqual(['semi-3']);
  });

  it('a socket in two rooms of an event that leaves the one it was served in gets no double', async () => {
    const { rooms, crowd, event, sent, done } = at;
    rooms.join(CUP, 'ana');
    rooms.join(FINAL, 'ana');
    rooms.join(CUP, 'bob');
    rooms.join(FINAL, 'bob');
    crowd(CUP);
    event(CUP, 'final', 2);
    expect([sent('ana'), sent('bob')]).toEqual([['final-2'], ['final-2']]);
    rooms.leave(CUP, 'ana');
    // Comes back at once, as a page that is reloaded within does.
    rooms.leave(CUP, 'bob');
    rooms.join(CUP, 'bob');
    await done();
    event(CUP, 'final', 3);
    await done();
    expect([sent('ana'), sent('bob')]).toEqual([['final-2', 'final-3'], ['final-2', 'final-3']]);
  });

  it('a socket that leaves a room before the walk comes to it is served in the other', async () => {
    const { rooms, crowd, event, sent, done } = at;
    crowd(CUP);
    rooms.join(CUP, 'ana');
    rooms.join(FINAL, 'ana');
    event(CUP, 'final', 2);
    expect(sent('ana')).toEqual([]);
    rooms.leave(CUP, 'ana');
    await done();
    expect(sent('ana')).toEqual(['final-2']);
  });
});
