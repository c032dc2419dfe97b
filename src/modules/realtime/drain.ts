/**
 * Leaving without being noticed. The sockets are told to connect elsewhere,
 * each in a slot of its own, so that the others are not overrun; who has not
 * gone a moment after its slot is disconnected, which every client takes as a
 * reason to connect again.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TournamentNamespace, TournamentSocket } from './tournament-socket.js';

/** How long after its slot a socket may still be here: a new connection takes a few round trips. */
const GRACE_MS = 1_500;
const TICK_MS = 50;

export interface DrainOptions {
  namespace: TournamentNamespace;
  /** All sockets are gone after this, milliseconds. */
  withinMs: number;
  now: () => number;
  /** Told of each socket once its slot and grace are over, or all have gone. */
  left: (how: 'moved' | 'drained') => void;
}

/** Resolves when no socket is left. */
export async function drainSockets({ namespace, withinMs, now, left }: DrainOptions): Promise<{ moved: number; closed: number }> {
  const sockets = [...namespace.sockets.values()] as TournamentSocket[];
  const begun = now();
  const grace = Math.min(GRACE_MS, withinMs / 3);
  const spread = Math.max(0, withinMs - grace);
  const leaving = sockets.map((socket, index) => ({ socket, slot: Math.round((spread * (index + 1)) / sockets.length) }));
  for (const { socket, slot } of leaving) socket.emit('draining', { reconnectInMs: slot, deadlineMs: withinMs });
  let closed = 0;
  let next = 0;
  while (namespace.sockets.size > 0) {
    const elapsed = now() - begun;
    for (let due = leaving[next]; due && elapsed >= due.slot + grace; due = leaving[(next += 1)]) {
      left(due.socket.connected ? 'drained' : 'moved');
      if (!due.socket.connected) continue;
      closed += 1;
      // The connection, not the namespace: a client that is told to leave a namespace does not come back by itself.
      due.socket.conn.close();
    }
    if (elapsed >= withinMs + grace) break;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  for (; next < leaving.length; next += 1) left('moved');
  return { moved: sockets.length - closed, closed };
}

/**
 * From now on a new connection is answered 503 at the level of HTTP, which a
 * proxy takes as a reason to ask the next instance, and a client as a reason to
 * try again. Polls and upgrades of sessions that are here go on. Installed when
 * the drain begins: before, it would cost every handshake a round of promises.
 */
export function refuseNewcomers(namespace: TournamentNamespace): void {
  namespace.server.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (/[?&]sid=/.test(request.url ?? '')) next();
    else if (request.headers.upgrade === undefined) response.writeHead(503, { 'retry-after': '1', connection: 'close' }).end();
    else request.socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}
