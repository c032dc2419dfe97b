import { z } from 'zod';
import { Game } from '../../contracts/games/index.js';
import { Id } from '../../contracts/id.js';

/** The key of a stat line: user, game, match. */
export const LineCursor = z.tuple([Id, Game, Id]);
