/**
 * Sockets whose token expired or whose key was revoked while they were open.
 * They are told why and disconnected, out of every room at once: who has a new
 * token connects with it, everybody else as the spectator they now are.
 */
import { Refusal } from '../../contracts/refusal.js';
import type { SocketData, TournamentNamespace, TournamentSocket } from './tournament-socket.js';

export type RevokedAmong = (apiKeyIds: readonly string[]) => Promise<string[]>;

export const isExpired = ({ expiresAt }: SocketData, now: number): boolean => expiresAt !== null && expiresAt <= now;
export const expired = (): Refusal => new Refusal('TOKEN_EXPIRED', 'The token of this socket has expired: connect again with a new one');
export const revoked = (): Refusal => new Refusal('TOKEN_INVALID', 'The API key of this socket was revoked');

/** Looks at every local socket; asks once for all their keys. Returns how many it ended. */
export async function endLapsed(namespace: TournamentNamespace, { revokedAmong, now }: { revokedAmong: RevokedAmong; now: number }): Promise<number> {
  let ended = 0;
  const byKey = new Map<string, TournamentSocket[]>();
  const end = (socket: TournamentSocket, why: Refusal): void => {
    if (!socket.connected) return;
    socket.emit('error', why.body());
    socket.disconnect(true);
    ended += 1;
  };
  for (const socket of namespace.sockets.values() as Iterable<TournamentSocket>) {
    const { apiKeyId } = socket.data;
    if (isExpired(socket.data, now)) end(socket, expired());
    else if (apiKeyId !== null) {
      const alike = byKey.get(apiKeyId);
      if (alike) alike.push(socket);
      else byKey.set(apiKeyId, [socket]);
    }
  }
  if (byKey.size > 0) for (const id of await revokedAmong([...byKey.keys()])) for (const socket of byKey.get(id) ?? []) end(socket, revoked());
  return ended;
}
