/** Tournaments that are private: those who may not see one are shown out of its rooms. */
import { Refusal } from '../../contracts/refusal.js';
import { maySee } from '../tournaments/access.rules.js';
import type { Standings } from './access.repository.js';
import type { TournamentNamespace, TournamentSocket } from './tournament-socket.js';

export interface EvictionOptions {
  namespace: TournamentNamespace;
  /** What ties these people to these tournaments, by tournament and user. */
  standings: (asked: ReadonlyMap<string, ReadonlySet<string>>) => Promise<Standings>;
}

/** Nobody's id: what an anonymous socket is asked about as. Not a valid id, so it is tied to nothing. */
const NOBODY = '';

/**
 * Looks at every local socket in these rooms, by tournament; asks once for all
 * of them. What is asked is about people; the verdict is each socket's own,
 * since one person's sockets may have tokens of several roles. Returns how many
 * were shown out, by tournament.
 */
export async function evictUnseen(rooms: ReadonlyMap<string, readonly string[]>, { namespace, standings }: EvictionOptions): Promise<Map<string, number>> {
  const found: { socket: TournamentSocket; room: string; tournamentId: string }[] = [];
  const asked = new Map<string, Set<string>>();
  for (const [tournamentId, names] of rooms) {
    for (const room of names) {
      for (const id of namespace.adapter.rooms.get(room) ?? []) {
        const socket = namespace.sockets.get(id);
        if (!socket) continue;
        found.push({ socket, room, tournamentId });
        const userIds = asked.get(tournamentId) ?? new Set();
        asked.set(tournamentId, userIds.add(socket.data.principal?.userId ?? NOBODY));
      }
    }
  }
  const evicted = new Map<string, number>();
  if (found.length === 0) return evicted;
  const known = await standings(asked);
  for (const { socket, room, tournamentId } of found) {
    const { principal } = socket.data;
    const standing = known.get(tournamentId)?.get(principal?.userId ?? NOBODY);
    if (standing && maySee(principal, standing)) continue;
    // It may have left while PostgreSQL was asked.
    if (!socket.rooms.has(room)) continue;
    void socket.leave(room);
    socket.emit('error', new Refusal('NOT_FOUND', `${room} is no longer yours to see`, { room }).body());
    evicted.set(tournamentId, (evicted.get(tournamentId) ?? 0) + 1);
  }
  return evicted;
}
