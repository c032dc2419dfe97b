/** A spectator's or organizer's socket, with what the server keeps about it. */
import type { Namespace, Socket } from 'socket.io';
import type { Principal } from '../../contracts/auth.js';
import type { ClientEvents, ServerEvents } from '../../contracts/socket.js';

export interface SocketData {
  principal: Principal | null;
  /** When its token or key expires, Unix milliseconds; null: it has none, or one that does not. */
  expiresAt: number | null;
  /** The API key it was let in with, which may be revoked; null: it has none. */
  apiKeyId: string | null;
  /** Commands in the current window: see `CommandBudget`. */
  commands: { windowStart: number; used: number };
}

type NoEvents = Record<string, never>;
export type TournamentSocket = Socket<ClientEvents, ServerEvents, NoEvents, SocketData>;
export type TournamentNamespace = Namespace<ClientEvents, ServerEvents, NoEvents, SocketData>;
