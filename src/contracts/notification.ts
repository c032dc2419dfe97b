import { z } from 'zod';
import { Id, Instant } from './id.js';

export const NewNotification = z
  .strictObject({
    type: z.string().trim().min(1).max(64).default('message'),
    title: z.string().trim().min(1).max(200).optional(),
    message: z.string().trim().min(1).max(2000),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'NewNotification' });
export type NewNotification = z.infer<typeof NewNotification>;

/** `seq` counts one user's notifications 1, 2, 3, … without a gap; `?after=` takes it. */
export const Notification = z
  .object({
    userId: Id,
    seq: z.int().min(1),
    type: z.string(),
    title: z.string().nullable(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()).nullable(),
    at: Instant,
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof Notification>;
