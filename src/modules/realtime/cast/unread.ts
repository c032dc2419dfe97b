/** Answers are bounded as events are: who asks and does not read is refused, and who goes on is disconnected. */
import { Refusal } from '../../../contracts/refusal.js';
import type { TournamentSocket } from '../tournament-socket.js';
import { queuedBytes, terminate, type EngineSocket } from './engine-taps.js';

/** Times the budget of a slow reader: one large answer may wait where no event would. */
const REFUSED_AT = 4;
const ENDED_AT = 16;

export function refuseUnread(socket: TournamentSocket, budget: number): void {
  const conn = socket.conn as unknown as EngineSocket;
  const queued = queuedBytes(conn);
  if (queued <= budget * REFUSED_AT) return;
  if (queued > budget * ENDED_AT) terminate(conn);
  throw new Refusal('RATE_LIMITED', 'Read what has been sent to this socket before asking for more', { queuedBytes: queued }, 1);
}
