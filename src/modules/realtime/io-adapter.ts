/** Socket.IO on Fastify's HTTP server, with its Redis adapter between instances. */
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import type { INestApplicationContext } from '@nestjs/common';
import { Server, type ServerOptions } from 'socket.io';
import { Refusal } from '../../contracts/refusal.js';
import { NAMESPACE } from '../../contracts/room.js';
import type { Config } from '../../config/env.js';
import type { RedisLinks } from '../../platform/redis/redis-links.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { HandshakeError } from './handshake.js';
import { quietClients } from './quiet-clients.js';
import { sessionIds } from './session-ids.js';
import { Subscriptions } from './subscriptions.js';
import { WebSockets } from './web-sockets.js';

/** The largest thing a client may send: a `since` of a tournament with a thousand matches. */
const MESSAGE_MAX_BYTES = 64 * 1024;

export class TournamentIoAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly redis: RedisLinks | null,
  ) {
    super(app);
  }

  /** The gateway listens for commands itself; Nest would keep an Rx stream a socket for none. */
  override bindMessageHandlers(): void {}

  /** Nor pass every socket through three Rx operators. */
  override bindClientConnect(): void {}

  /** Nor a listener a socket for a goodbye that no gateway asks for. */
  override bindClientDisconnect(): void {}

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
      ...(config.LEAN_BROADCAST ? { wsEngine: WebSockets } : {}),
      ...(config.CORS_ORIGINS.length > 0 ? { cors: { origin: [...config.CORS_ORIGINS] } } : {}),
      ...(redis ? { adapter: adapterOf(redis) } : {}),
    } as ServerOptions);
    // A session is named after its instance: the proxy sends polls and upgrades where the session is, without a cookie.
    server.engine.generateId = sessionIds(config.INSTANCE_ID);
    // Whoever forgets the namespace would be let in, answered nothing and sent nothing (test/web-sockets.test.ts).
    server.use((_socket, next) => {
      next(new HandshakeError(new Refusal('UNKNOWN_ROUTE', `There is nothing at /: connect to ${NAMESPACE}`)));
    });
    return server;
  }
}

function adapterOf(redis: RedisLinks) {
  const { commands, subscriber } = quietClients(redis);
  return redis.sharded
    ? createShardedAdapter(commands, new Subscriptions(redis), { channelPrefix: redisKeys.socketIoPrefix, subscriptionMode: 'dynamic' })
    : createAdapter(commands, subscriber, { key: redisKeys.socketIoPrefix });
}
