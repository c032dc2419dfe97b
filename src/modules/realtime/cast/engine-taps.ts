/**
 * The one file that touches what Engine.IO and ws keep to themselves. It looks
 * before it touches: where a field is not what it was when this was written,
 * the answer is null, and the socket takes the libraries' own path.
 */
import { Socket as NetSocket } from 'node:net';

/** Engine.IO's socket, as far as it is used here; `transport.socket` and `_socket` are not public. */
export interface EngineSocket {
  readonly readyState: string;
  readonly transport: { readonly name: string; readonly writable: boolean; readonly socket?: { readonly readyState?: number; readonly _socket?: unknown; terminate?: () => void } };
  readonly writeBuffer: readonly { data?: unknown }[];
  write(text: string, options: { compress: boolean; wsPreEncodedFrame: Buffer[] }): unknown;
  close(discard?: boolean): unknown;
}

const WS_OPEN = 1;

/** The TCP socket below an open WebSocket; null for polling, while closing, and where the fields are not as expected. */
export function tcpOf(conn: EngineSocket): NetSocket | null {
  const { transport } = conn;
  if (transport.name !== 'websocket' || transport.socket?.readyState !== WS_OPEN) return null;
  const tcp = transport.socket._socket;
  return tcp instanceof NetSocket ? tcp : null;
}

/** Whether this version of the libraries has the fields at all: asked of the first WebSocket. */
export const isTappable = (conn: EngineSocket): boolean => conn.transport.name !== 'websocket' || (tcpOf(conn) !== null && Array.isArray(conn.writeBuffer));

/** Hands a complete frame to an open WebSocket that was made without compression; false: it was not taken. */
export function sendFrame(socket: { readonly readyState: number }, frame: Buffer, sent: (error?: Error) => void): boolean {
  const { _sender: sender } = socket as { _sender?: { sendFrame?: (frames: Buffer[], sent: (error?: Error) => void) => void } };
  if (socket.readyState !== WS_OPEN || typeof sender?.sendFrame !== 'function') return false;
  sender.sendFrame([frame], sent);
  return true;
}

/** Bytes that wait in this process: in Engine.IO's buffer, and in the TCP socket's. */
export function queuedBytes(conn: EngineSocket): number {
  let bytes = tcpOf(conn)?.writableLength ?? 0;
  if (conn.writeBuffer.length > 0) for (const { data } of conn.writeBuffer) bytes += typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
  return bytes;
}

/** Ends a connection whose peer does not read: a closing handshake would wait for it. */
export function terminate(conn: EngineSocket): void {
  if (conn.transport.name === 'websocket' && typeof conn.transport.socket?.terminate === 'function') conn.transport.socket.terminate();
  else conn.close(true);
}
