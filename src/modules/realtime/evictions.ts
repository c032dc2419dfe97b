/** A tournament that became private: those who may not see it are shown out of its rooms. */
import { Refusal } from '../../contracts/refusal.js';
import type { Principal } from '../../contracts/auth.js';
import type { TournamentNamespace } from './tournament-socket.js';

export interface EvictionOptions {
  namespace: TournamentNamespace;
  refuseUnseen: (asker: Principal | null, tournamentId: string) => Promise<unknown>;
}

/** Looks at every local socket in these rooms of one private tournament; asks once per person. */
export async function evictUnseen(tournamentId: string, rooms: readonly string[], { namespace, refuseUnseen }: EvictionOptions): Promise<number> {
  const allowed = new Map<string, Promise<boolean>>();
  let evicted = 0;
  for (const room of rooms) {
    for (const id of [...(namespace.adapter.rooms.get(room) ?? [])]) {
      const socket = namespace.sockets.get(id);
      if (!socket) continue;
      const asker = socket.data.principal;
      const who = asker?.userId ?? '';
      const may = allowed.get(who) ?? refuseUnseen(asker, tournamentId).then(() => true, (error: unknown) => !(error instanceof Refusal && error.code === 'NOT_FOUND'));
      allowed.set(who, may);
      if (await may) continue;
      void socket.leave(room);
      socket.emit('error', new Refusal('NOT_FOUND', `${room} is no longer yours to see`, { room }).body());
      evicted += 1;
    }
  }
  return evicted;
}
