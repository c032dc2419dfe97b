/** Who a socket is, settled before it connects: a bad or expired token is refused with a code, none is an anonymous spectator. */
import type { Credential } from '../../contracts/auth.js';
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

/** Of a socket without a token. */
const ANONYMOUS = { principal: null, expiresAt: null, apiKeyId: null };

export interface HandshakeOptions {
  /** At once where it can, without a round of promises a socket. */
  authenticate: (bearer: string) => Credential | Promise<Credential>;
  /** True while this instance takes no new sockets. */
  draining: () => boolean;
  /** Told of every handshake that is refused, and of the error that became the refusal: Socket.IO tells nobody but the client. */
  refused: (refusal: Refusal, cause: unknown) => void;
}

export const handshake =
  ({ authenticate, draining, refused }: HandshakeOptions) =>
  (socket: TournamentSocket, next: (error?: Error) => void): void => {
    const refuse = (error: unknown): void => {
      const refusal = refusalOf(error);
      refused(refusal, error);
      next(new HandshakeError(refusal));
    };
    const admit = ({ principal, expiresAt, apiKeyId }: Credential | typeof ANONYMOUS): void => {
      socket.data.principal = principal;
      socket.data.expiresAt = expiresAt;
      socket.data.apiKeyId = apiKeyId;
      socket.data.commands = { windowStart: 0, used: 0 };
      next();
    };
    const token: unknown = (socket.handshake.auth as Record<string, unknown> | undefined)?.['token'];
    if (draining()) refuse(new Refusal('DRAINING', 'This instance is shutting down: connect again'));
    else if (token === undefined || token === null || token === '') admit(ANONYMOUS);
    else if (typeof token !== 'string') refuse(new Refusal('TOKEN_INVALID', 'auth.token is a string'));
    else {
      try {
        const credential = authenticate(token.replace(/^Bearer +/i, ''));
        if (credential instanceof Promise) credential.then(admit, refuse);
        else admit(credential);
      } catch (error) {
        refuse(error);
      }
    }
  };
