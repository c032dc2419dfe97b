/** A socket that stops reading: a real TCP connection whose bytes are left where they are. */
import type { Socket as NetSocket } from 'node:net';
import type { Spectator } from './spectator.js';

interface Tappable {
  io: { engine: { transport: { ws?: { _socket?: NetSocket } } } };
}

function tcpOf(spectator: Spectator): NetSocket {
  const tcp = (spectator.socket as unknown as Tappable).io.engine.transport.ws?._socket;
  if (!tcp) throw new Error('this spectator is not on a WebSocket');
  return tcp;
}

/** Stops reading; returns how to read on. A frozen socket has to be thawed before the test ends, or it keeps the process. */
export function freeze(spectator: Spectator): () => void {
  const tcp = tcpOf(spectator);
  tcp.pause();
  return () => {
    tcp.resume();
  };
}
