/**
 * Puts the cast below `server.to(rooms).emit`: what is for the sockets of this
 * instance takes it; everything else (acks, binary, exceptions, other
 * instances) goes on to Socket.IO's adapter as ever.
 */
import type { Logger } from '../../../platform/logging/logger.js';
import type { TournamentNamespace } from '../tournament-socket.js';
import { isTappable, type EngineSocket } from './engine-taps.js';
import { encodeEvent } from './frame.js';
import { Outlet } from './outlet.js';
import { RoomCast } from './room-cast.js';
import type { SlowReaders } from './slow-readers.js';

interface Packet {
  type: number;
  data: unknown[];
  id?: number;
}
interface BroadcastOptions {
  rooms: Set<string>;
  except?: Set<string>;
  flags?: { local?: boolean; volatile?: boolean; compress?: boolean; binary?: boolean; timeout?: number };
}
type Broadcast = (packet: Packet, options: BroadcastOptions) => void;
/** Socket.IO's adapter, whose types leave packets and options open. */
interface CastableAdapter {
  broadcast: Broadcast;
  on(event: 'join-room' | 'leave-room', listener: (room: string, id: string) => void): unknown;
}

const EVENT = 2;

export interface CastOptions {
  /** Whether idle WebSockets are written to directly, or all through Engine.IO. */
  lean: boolean;
  shardSize: number;
  /** Whether events for this room take the cast. One for every user, each with its arrays, would be kept for a notification now and then. */
  casts: (room: string) => boolean;
  slow: SlowReaders;
  logger: Logger;
}

export function installCast(namespace: TournamentNamespace, options: CastOptions): RoomCast {
  let { lean } = options;
  let looked = false;
  const cast = new RoomCast({
    shardSize: options.shardSize,
    slow: options.slow,
    now: () => performance.now(),
    onShard: (shard, sockets) => {
      options.logger.info({ event: 'room_sharded', shard, sockets });
    },
    outletOf: (id) => {
      const socket = namespace.sockets.get(id);
      if (!socket) return undefined;
      const conn = socket.conn as unknown as EngineSocket;
      if (lean && !looked && conn.transport.name === 'websocket') {
        looked = true;
        lean = isTappable(conn);
        if (!lean) options.logger.warn({ event: 'lean_path_off', reason: 'engine.io or ws keep their sockets elsewhere in this version; sending the plain way' });
      }
      return new Outlet(socket, lean);
    },
  });
  const adapter = namespace.adapter as unknown as CastableAdapter;
  const onward: Broadcast = adapter.broadcast.bind(adapter);
  adapter.broadcast = (packet, given) => {
    const { rooms, except, flags } = given;
    const ours = flags?.local && rooms.size > 0 && !except?.size && packet.type === EVENT && packet.id === undefined && !flags.volatile && !flags.compress;
    const names = [...rooms];
    const encoded = ours && names.every(options.casts) ? encodeEvent(namespace.name, packet.data) : null;
    if (!encoded) {
      onward(packet, given);
      return;
    }
    const about = packet.data[1] as { matchId?: unknown; seq?: unknown } | undefined;
    const { matchId, seq } = about ?? {};
    cast.send(names.at(-1) ?? '', encoded, names, typeof matchId === 'string' && typeof seq === 'number' ? { matchId, seq } : undefined);
  };
  // A socket's own room, named by its id, is never broadcast to from here.
  adapter.on('join-room', (room: string, id: string) => {
    if (room !== id && options.casts(room)) cast.join(room, id);
  });
  adapter.on('leave-room', (room: string, id: string) => {
    if (room !== id && options.casts(room)) cast.leave(room, id);
  });
  return cast;
}
