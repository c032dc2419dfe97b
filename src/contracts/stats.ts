/** Stat lines: what one player did in one match, in the shape the game decides. */
import { z } from 'zod';
import { Game } from './games/index.js';
import { Id, Instant } from './id.js';

export const STAT_LINES_MAX = 1000;

/** Parsed a second time by the match's game, which knows the keys. */
const RawStats = z.record(z.string().max(64), z.unknown());

export const StatLineBody = z.strictObject({ userId: Id, participantId: Id, stats: RawStats });
export type StatLineBody = z.infer<typeof StatLineBody>;

export const StatsBody = z
  .strictObject({ lines: z.array(StatLineBody).min(1).max(STAT_LINES_MAX) })
  .meta({ id: 'StatsBody' });
export type StatsBody = z.infer<typeof StatsBody>;

export const Stats = z.record(z.string(), z.union([z.number(), z.string()])).meta({ id: 'Stats' });
export type Stats = z.infer<typeof Stats>;

/** A stat line as spectators see it. */
export const StatLine = z.object({ userId: Id, participantId: Id, stats: Stats }).meta({ id: 'StatLine' });
export type StatLine = z.infer<typeof StatLine>;

export const StatsAnswer = z.object({ matchId: Id, seq: z.int(), written: z.int(), updatedAt: Instant }).meta({ id: 'StatsAnswer' });
export type StatsAnswer = z.infer<typeof StatsAnswer>;

export const GameDescription = z
  .object({ name: Game, title: z.string(), numericStats: z.array(z.string()), schema: z.record(z.string(), z.unknown()).describe('JSON Schema of a stat line') })
  .meta({ id: 'GameDescription' });
export type GameDescription = z.infer<typeof GameDescription>;
