/** A tournament with matches, made over REST as an organizer would. */
import { randomBytes } from 'node:crypto';
import { api } from '../../src/contracts/api.js';
import type { RestClient } from '../../src/contracts/rest-client.js';
import type { Game } from '../../src/contracts/games/index.js';

export interface Cup {
  id: string;
  matchIds: string[];
  home: string;
  away: string;
}

export async function openCup(organizer: RestClient, options: { matches?: number; start?: boolean; game?: Game; visibility?: 'public' | 'private' } = {}): Promise<Cup> {
  const id = `cup-${randomBytes(4).toString('hex')}`;
  await organizer.call(api.createTournament, { body: { id, name: 'A cup', game: options.game ?? 'CSGO', visibility: options.visibility ?? 'public' } });
  for (const side of ['home', 'away']) await organizer.call(api.createParticipant, { params: { id }, body: { id: side, name: `Team ${side}` } });
  const matchIds: string[] = [];
  for (let index = 0; index < (options.matches ?? 1); index += 1) {
    const matchId = `${id}-m${String(index)}`;
    await organizer.call(api.createMatch, { params: { id }, body: { id: matchId, homeParticipantId: 'home', awayParticipantId: 'away' } });
    if (options.start ?? true) await organizer.call(api.startMatch, { params: { id: matchId } });
    matchIds.push(matchId);
  }
  return { id, matchIds, home: 'home', away: 'away' };
}
