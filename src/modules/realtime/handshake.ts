/** Who a socket is, settled before it connects: a bad or expired token is refused with a code, none is an anonymous spectator. */
import type { Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import { refusalOf } from '../../platform/http/problem.js';
import type { TournamentSocket } from './tournament-socket.js';

/** An error that Socket.IO sends to the client as `connect_error`, `data` and all. */
export class HandshakeError extends Error {
  readonly data: ReturnType<Refusal['body']>;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'HandshakeError';
    this.data = refusal.body();
  }
}

export interface HandshakeOptions {
  authenticate: (bearer: string) => Promise<{ principal: Principal; expiresAt: number | null }>;
  /** True while this instance takes no new sockets. */
  draining: () => boolean;
  now: () => number;
}

export const handshake =
  ({ authenticate, draining, now }: HandshakeOptions) =>
  (socket: TournamentSocket, next: (error?: Error) => void): void => {
    const admit = async (): Promise<void> => {
      if (draining()) throw new Refusal('DRAINING', 'This instance is shutting down: connect again');
      const token: unknown = (socket.handshake.auth as Record<string, unknown> | undefined)?.['token'];
      if (token !== undefined && token !== null && typeof token !== 'string') throw new Refusal('TOKEN_INVALID', 'auth.token is a string');
      const known = token ? await authenticate(token.replace(/^Bearer +/i, '')) : { principal: null, expiresAt: null };
      socket.data.principal = known.principal;
      socket.data.expiresAt = known.expiresAt;
      socket.data.lastPong = now();
      socket.data.commands = { windowStart: 0, used: 0 };
    };
    admit().then(
      () => {
        next();
      },
      (error: unknown) => {
        next(new HandshakeError(refusalOf(error)));
      },
    );
  };
