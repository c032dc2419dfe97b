/** The event that benchmarks send: a real `score_update`, as long as asked. */
import type { MatchEvent } from '../../src/contracts/event.js';
import { NAMESPACE } from '../../src/contracts/room.js';

type Score = Extract<MatchEvent, { type: 'score_update' }>;

/** What Socket.IO puts around it: `42/tournaments,["score_update",…]`. */
const AROUND = `42${NAMESPACE},["score_update",]`.length;

/** `bytes`: of the WebSocket's payload. What ids leave over is filled with a field that nobody reads. */
export function scoreEvent(tournamentId: string, matchId: string, seq: number, bytes: number): Score {
  const event: Score & { fill?: string } = { type: 'score_update', matchId, tournamentId, seq, at: new Date().toISOString(), homeScore: seq % 100, awayScore: seq % 10 };
  const missing = bytes - AROUND - JSON.stringify(event).length - ',"fill":""'.length;
  if (missing > 0) event.fill = 'x'.repeat(missing);
  return event;
}
