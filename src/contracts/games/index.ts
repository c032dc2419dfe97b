/** The games there are. A new game is one file beside this one and one entry in this list. */
import { z } from 'zod';
import type { GameDefinition } from '../game.js';
import { csgo } from './csgo.js';
import { fifa } from './fifa.js';
import { lol } from './lol.js';

export const GAMES = [csgo, fifa, lol] as const;

export const Game = z.enum(GAMES.map((game) => game.name)).meta({ id: 'Game' });
export type Game = z.infer<typeof Game>;

const byName = new Map<string, GameDefinition>(GAMES.map((game) => [game.name, game]));

export function gameNamed(name: Game): GameDefinition {
  const game = byName.get(name);
  if (!game) throw new Error(`no game ${name}`);
  return game;
}

/** Every numeric stat that any game declares, each once. */
export const NUMERIC_STATS: readonly string[] = [...new Set(GAMES.flatMap((game) => game.numericStats))];
