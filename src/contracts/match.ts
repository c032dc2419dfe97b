/** A match: its public state (the snapshot) and the writes that change it. */
import { z } from 'zod';
import { Id, Instant } from './id.js';

export const MatchStatus = z.enum(['SCHEDULED', 'LIVE', 'COMPLETED', 'CANCELLED']).meta({ id: 'MatchStatus' });
export type MatchStatus = z.infer<typeof MatchStatus>;

export const Outcome = z.enum(['played', 'forfeit', 'double_forfeit']).meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof Outcome>;

/** Points, goals, rounds or maps: whatever the game counts. */
export const Score = z.int().min(0).max(1_000_000);

/** A bracket's round: its number or its name. */
export const Round = z.union([z.int().min(1).max(100_000), z.string().trim().min(1).max(64)]);
export type Round = z.infer<typeof Round>;

const Side = z.object({ id: Id, name: z.string() });

/** A match's whole public state, true at `seq`. 0 is a match to which nothing has happened yet. */
export const MatchSnapshot = z
  .object({
    id: Id,
    tournamentId: Id,
    seq: z.int().min(0),
    status: MatchStatus,
    home: Side,
    away: Side,
    homeScore: Score,
    awayScore: Score,
    winnerId: Id.nullable(),
    outcome: Outcome.nullable(),
    round: Round.nullable(),
    bestOf: z.int().nullable(),
    scheduledAt: Instant.nullable(),
    startedAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    updatedAt: Instant,
  })
  .meta({ id: 'MatchSnapshot' });
export type MatchSnapshot = z.infer<typeof MatchSnapshot>;

export const NewMatch = z
  .strictObject({
    id: Id.optional(),
    homeParticipantId: Id,
    awayParticipantId: Id,
    round: Round.nullable().optional(),
    bestOf: z.int().min(1).max(99).nullable().optional(),
    scheduledAt: Instant.nullable().optional(),
  })
  .refine((match) => match.homeParticipantId !== match.awayParticipantId, { path: ['awayParticipantId'], message: 'a match has two different participants' })
  .meta({ id: 'NewMatch' });
export type NewMatch = z.infer<typeof NewMatch>;

export const ScoreBody = z.strictObject({ homeScore: Score, awayScore: Score }).meta({ id: 'ScoreBody' });
export type ScoreBody = z.infer<typeof ScoreBody>;

/** `winnerId` absent and `outcome: 'played'`: the score decides, equal scores are a draw. */
export const EndBody = z
  .strictObject({ winnerId: Id.nullable().optional(), outcome: Outcome.default('played') })
  .meta({ id: 'EndBody' });
export type EndBody = z.infer<typeof EndBody>;

const Reason = z.string().trim().min(1).max(500);

/** `outcome`: how it ended after all, where that was recorded wrongly. */
export const CorrectionBody = z
  .strictObject({ homeScore: Score.optional(), awayScore: Score.optional(), winnerId: Id.nullable().optional(), outcome: Outcome.optional(), reason: Reason })
  .refine(({ reason: _reason, ...changes }) => Object.keys(changes).length > 0, 'a correction names homeScore, awayScore, winnerId or outcome')
  .meta({ id: 'CorrectionBody' });
export type CorrectionBody = z.infer<typeof CorrectionBody>;

export const CancelBody = z.strictObject({ reason: Reason.optional() }).meta({ id: 'CancelBody' });
export type CancelBody = z.infer<typeof CancelBody>;

export const RescheduleBody = z.strictObject({ scheduledAt: Instant, reason: Reason.optional() }).meta({ id: 'RescheduleBody' });
export type RescheduleBody = z.infer<typeof RescheduleBody>;
