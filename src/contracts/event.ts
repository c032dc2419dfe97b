/**
 * Match events: what happened to a match, as kept in its log, answered by REST
 * and the socket's `missed`, and sent live. One object everywhere: the event's
 * name on the socket is its `type`.
 */
import { z } from 'zod';
import { Id, Instant } from './id.js';
import { Outcome, Score } from './match.js';
import { StatLine } from './stats.js';

/** A `stats_update` carries its lines up to this many; beyond, readers ask for what they show. */
export const STATS_UPDATE_LINES_MAX = 20;

const base = { matchId: Id, tournamentId: Id, seq: z.int().min(1), at: Instant };
const final = { homeScore: Score, awayScore: Score, winnerId: Id.nullable() };

export const ScoreUpdate = z.object({ type: z.literal('score_update'), ...base, homeScore: Score, awayScore: Score });
export const MatchStart = z.object({ type: z.literal('match_start'), ...base, startedAt: Instant });
export const MatchEnd = z.object({ type: z.literal('match_end'), ...base, ...final, outcome: Outcome });
export const MatchCorrection = z.object({
  type: z.literal('match_correction'),
  ...base,
  ...final,
  outcome: Outcome.optional().describe('only where the correction changes how the match ended'),
  reason: z.string(),
});
export const MatchCancelled = z.object({ type: z.literal('match_cancelled'), ...base, reason: z.string().nullable() });
export const MatchRescheduled = z.object({ type: z.literal('match_rescheduled'), ...base, scheduledAt: Instant, reason: z.string().nullable() });
export const StatsUpdate = z.object({
  type: z.literal('stats_update'),
  ...base,
  lineCount: z.int(),
  lines: z.array(StatLine).optional().describe(`the lines written, when there are at most ${String(STATS_UPDATE_LINES_MAX)}`),
});

export const MatchEvent = z
  .discriminatedUnion('type', [ScoreUpdate, MatchStart, MatchEnd, MatchCorrection, MatchCancelled, MatchRescheduled, StatsUpdate])
  .meta({ id: 'MatchEvent' });
export type MatchEvent = z.infer<typeof MatchEvent>;
export type MatchEventType = MatchEvent['type'];

export const MATCH_EVENT_TYPES = MatchEvent.options.map((option) => option.shape.type.value) as readonly MatchEventType[];

/** A page of a match's log. `seq`: where the match stands now. */
export const EventsPage = z.object({ data: z.array(MatchEvent), nextCursor: z.string().nullable(), seq: z.int() }).meta({ id: 'EventsPage' });
export type EventsPage = z.infer<typeof EventsPage>;
