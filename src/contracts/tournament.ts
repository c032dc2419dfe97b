import { z } from 'zod';
import { Game } from './games/index.js';
import { DisplayName, Id, Instant } from './id.js';

export const Visibility = z.enum(['public', 'private']).meta({ id: 'Visibility' });

export const NewTournament = z
  .strictObject({ id: Id.optional(), name: DisplayName, game: Game, visibility: Visibility.default('public'), startsAt: Instant.nullable().optional() })
  .meta({ id: 'NewTournament' });
export type NewTournament = z.infer<typeof NewTournament>;

export const TournamentChange = z
  .strictObject({ name: DisplayName.optional(), visibility: Visibility.optional(), startsAt: Instant.nullable().optional() })
  .refine((change) => Object.keys(change).length > 0, 'name at least one field to change')
  .meta({ id: 'TournamentChange' });
export type TournamentChange = z.infer<typeof TournamentChange>;

/** `version` counts the changes; it is the tournament's ETag. */
export const Tournament = z
  .object({
    id: Id,
    name: z.string(),
    game: Game,
    visibility: Visibility,
    ownerId: Id,
    startsAt: Instant.nullable(),
    version: z.int(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Tournament' });
export type Tournament = z.infer<typeof Tournament>;

export const NewParticipant = z
  .strictObject({ id: Id.optional(), name: DisplayName, userId: Id.nullable().optional(), seed: z.int().min(1).max(100_000).nullable().optional() })
  .meta({ id: 'NewParticipant' });
export type NewParticipant = z.infer<typeof NewParticipant>;

/** A team or a player in one tournament; its id is unique within that tournament. */
export const Participant = z
  .object({ id: Id, tournamentId: Id, name: z.string(), userId: Id.nullable(), seed: z.int().nullable(), createdAt: Instant })
  .meta({ id: 'Participant' });
export type Participant = z.infer<typeof Participant>;

export const StaffRole = z.enum(['owner', 'referee']).meta({ id: 'StaffRole' });

export const NewStaff = z
  .strictObject({
    userId: Id,
    role: StaffRole,
    matchIds: z.array(Id).min(1).max(500).nullable().optional().describe('a referee of these matches only; absent or null: of all'),
  })
  .refine((staff) => staff.role === 'referee' || !staff.matchIds, { path: ['matchIds'], message: 'only a referee is bound to matches' })
  .meta({ id: 'NewStaff' });
export type NewStaff = z.infer<typeof NewStaff>;

export const Staff = z.object({ tournamentId: Id, userId: Id, role: StaffRole, matchIds: z.array(Id).nullable(), createdAt: Instant }).meta({ id: 'Staff' });
export type Staff = z.infer<typeof Staff>;

/** A row of the table: 3 points a win, 1 a draw; ordered by points, then score difference, score for, name, id. */
export const Standing = z
  .object({
    rank: z.int(),
    participant: z.object({ id: Id, name: z.string() }),
    played: z.int(),
    wins: z.int(),
    draws: z.int(),
    losses: z.int(),
    scoreFor: z.int(),
    scoreAgainst: z.int(),
    points: z.int(),
  })
  .meta({ id: 'Standing' });
export type Standing = z.infer<typeof Standing>;
