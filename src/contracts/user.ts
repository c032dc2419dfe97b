import { z } from 'zod';
import { DisplayName, Id, Instant } from './id.js';

export const Role = z.enum(['ADMIN', 'ORGANIZER', 'PLAYER']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const NewUser = z
  .strictObject({
    id: Id.optional(),
    username: DisplayName,
    email: z.email().max(254).optional(),
    password: z.string().min(8, 'a password has at least 8 characters').max(200).optional(),
    role: Role.optional(),
  })
  .meta({ id: 'NewUser' });
export type NewUser = z.infer<typeof NewUser>;

/** `email` is there for that user and for an admin, and absent for everybody else. */
export const User = z
  .object({ id: Id, username: z.string(), role: Role, email: z.string().nullable().optional(), createdAt: Instant })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;
