/** What operators poll. */
import { z } from 'zod';

/** `ageMs`: since the instance last reported; it is dropped after 10 seconds, and while Redis cannot tell, after 5 minutes. */
export const InstanceStats = z
  .object({ instanceId: z.string(), connections: z.int(), rooms: z.int(), startedAt: z.string(), ageMs: z.int(), redis: z.enum(['ok', 'away', 'none']) })
  .meta({ id: 'InstanceStats' });
export type InstanceStats = z.infer<typeof InstanceStats>;

/** Fleet-wide. Rooms of users and of private tournaments are counted, and named for admins only. */
export const WebsocketStats = z
  .object({
    totalConnections: z.int(),
    totalRooms: z.int(),
    rooms: z.array(z.object({ room: z.string(), connections: z.int() })),
    instances: z.array(InstanceStats),
  })
  .meta({ id: 'WebsocketStats' });
export type WebsocketStats = z.infer<typeof WebsocketStats>;

export const Health = z
  .object({ status: z.enum(['ok', 'unavailable', 'draining']), parts: z.record(z.string(), z.string()) })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
