/**
 * The WebSockets that Engine.IO is given: ws's own, with fewer writes.
 *
 * A write to the kernel is the largest part of what a connection costs. The
 * answer to the upgrade and Engine.IO's first packet, which follows within the
 * same turn of the event loop, leave in one; and every packet is one buffer
 * where ws hands header and payload over as two. Test: test/web-sockets.test.ts.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { sendFrame } from './cast/engine-taps.js';
import { frameOf } from './cast/frame.js';

type Sent = (error?: Error) => void;

class FramedSocket extends WebSocket {
  /** Engine.IO sends text or bytes, with a callback and without options. */
  override send(data: Parameters<WebSocket['send']>[0], options?: unknown, sent?: Sent): void {
    if (typeof data === 'string' && typeof options === 'function' && sendFrame(this, frameOf(data), options as Sent)) return;
    super.send(data, options as Parameters<WebSocket['send']>[1], sent);
  }
}

export class WebSockets extends WebSocketServer<typeof FramedSocket> {
  constructor(options: ServerOptions<typeof FramedSocket>) {
    // What is compressed is not framed here.
    super(options.perMessageDeflate ? options : { ...options, WebSocket: FramedSocket });
  }

  override handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, callback: (client: FramedSocket, request: IncomingMessage) => void): void {
    socket.cork();
    super.handleUpgrade(request, socket, head, callback);
    // Engine.IO's handshake awaits the session's name, which is no promise: it goes on in the microtask before this one.
    queueMicrotask(() => {
      socket.uncork();
    });
  }
}
