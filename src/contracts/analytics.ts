/** Rankings. Numbers are JSON numbers; rates and averages have at most two decimals. */
import { z } from 'zod';
import { Id } from './id.js';

export const TopPlayer = z
  .object({ userId: Id, username: z.string(), totalMatches: z.int(), statValue: z.number(), averagePerMatch: z.number() })
  .meta({ id: 'TopPlayer' });
export type TopPlayer = z.infer<typeof TopPlayer>;

/** kda = (kills + assists) / max(deaths, 1). */
export const Kda = z
  .object({ userId: Id, username: z.string(), kills: z.number(), deaths: z.number(), assists: z.number(), kda: z.number() })
  .meta({ id: 'Kda' });
export type Kda = z.infer<typeof Kda>;
