/** Socket.IO on Fastify's HTTP server, with its Redis adapter between instances. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import type { INestApplicationContext } from '@nestjs/common';
import { Server, type ServerOptions } from 'socket.io';
import type { Config } from '../../config/env.js';
import type { RedisLinks } from '../../platform/redis/redis-links.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { quietClients } from './quiet-clients.js';

/** The largest thing a client may send: a `since` of a tournament with a thousand matches. */
const MESSAGE_MAX_BYTES = 64 * 1024;

export class TournamentIoAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly redis: RedisLinks | null,
    /** True while this instance takes no new sockets. */
    private readonly draining: () => boolean,
  ) {
    super(app);
  }

  /** The gateway listens for commands itself; Nest would keep an Rx stream a socket for none. */
  override bindMessageHandlers(): void {}

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { config, redis } = this;
    const server = super.createIOServer(port, {
      ...options,
      transports: ['websocket', 'polling'],
      pingInterval: config.PING_INTERVAL_MS,
      pingTimeout: config.PING_TIMEOUT_MS,
      maxHttpBufferSize: MESSAGE_MAX_BYTES,
      // Compression costs two to three times the memory a socket and forbids sending one frame to all.
      perMessageDeflate: false,
      httpCompression: false,
      serveClient: false,
      ...(config.CORS_ORIGINS.length > 0 ? { cors: { origin: [...config.CORS_ORIGINS] } } : {}),
      ...(redis ? { adapter: adapterOf(redis) } : {}),
    } as ServerOptions);
    // A session is named after its instance: the proxy sends polls and upgrades where the session is, without a cookie.
    server.engine.generateId = () => `${config.INSTANCE_ID}.${randomBytes(15).toString('base64url')}`;
    server.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (this.draining() && !/[?&]sid=/.test(request.url ?? '')) refuse(request, response);
      else next();
    });
    return server;
  }
}

/**
 * A new connection to an instance that is leaving: a 503 at the level of HTTP,
 * which a proxy takes as a reason to ask the next instance, and a client as a
 * reason to try again. Polls and upgrades of sessions that are here go on.
 */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.upgrade === undefined) response.writeHead(503, { 'retry-after': '1', connection: 'close' }).end();
  else request.socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function adapterOf(redis: RedisLinks) {
  const { commands, subscriber } = quietClients(redis);
  return redis.sharded
    ? createShardedAdapter(commands, subscriber, { channelPrefix: redisKeys.socketIoPrefix, subscriptionMode: 'dynamic' })
    : createAdapter(commands, subscriber, { key: redisKeys.socketIoPrefix });
}
