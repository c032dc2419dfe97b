import { z } from 'zod';
import { Game } from '../../contracts/games/index.js';
import { Id } from '../../contracts/id.js';
import { Pages } from '../../platform/database/cursor.js';

/** By the key of a stat line: user, game, match. */
export const linePages = new Pages('stat lines', z.tuple([Id, Game, Id]));
