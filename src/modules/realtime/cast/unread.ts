/** What waits for a socket is bounded beside the cast, too: who asks and does not read is refused, and who goes on is disconnected (test/unread-answers.test.ts). */
import { Refusal } from '../../../contracts/refusal.js';
import type { TournamentSocket } from '../tournament-socket.js';
import { queuedBytes, terminate, type EngineSocket } from './engine-taps.js';

/** Times the budget of a slow reader: one large answer may wait where no event would. */
const REFUSED_AT = 4;
const ENDED_AT = 16;

const unreadBy = (socket: TournamentSocket): number => queuedBytes(socket.conn as unknown as EngineSocket);
const refusal = (queued: number): Refusal => new Refusal('RATE_LIMITED', 'Read what has been sent to this socket before asking for more', { queuedBytes: queued }, 1);

/** When a command comes. */
export function refuseUnread(socket: TournamentSocket, budget: number): void {
  const queued = unreadBy(socket);
  if (queued <= budget * REFUSED_AT) return;
  endUnread(socket, budget);
  throw refusal(queued);
}

/** When the answer is there: many commands that came at once found nothing that waited. */
export function refuseUnreadAnswers(socket: TournamentSocket, budget: number): void {
  const queued = unreadBy(socket);
  if (queued > budget * ENDED_AT) throw refusal(queued);
}

/** Ends a socket for which more waits than any may have; true: it did. */
export function endUnread(socket: TournamentSocket, budget: number): boolean {
  if (unreadBy(socket) <= budget * ENDED_AT) return false;
  terminate(socket.conn as unknown as EngineSocket);
  return true;
}
