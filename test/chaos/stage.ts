/** Sets the scene: tournaments, matches, organizers. */
import { api } from '../../src/contracts/api.js';
import { RestClient } from '../../src/contracts/rest-client.js';
import { SeededRandom } from '../../src/simulator/seeded-random.js';
import { signToken } from '../arena/arena.js';
import type { Cup } from './crowd-wire.js';
import type { Ledger } from './ledger.js';
import { Organizer, PLAYERS, type Playing } from './organizers.js';

const CUPS = 5;
const MATCHES_EACH = 4;

export interface Stage {
  cups: Cup[];
  organizers: Organizer[];
  organizerOf: (cupId: string) => Organizer;
}

/** Five organizers with a tournament of four matches each, and an admin who posts to all twenty beside them. */
export async function setStage(url: string, ledger: Ledger, seed: string): Promise<Stage> {
  const playing = new Map<string, Playing>();
  const admin = new RestClient(url, await signToken('ADMIN', 'admin'));
  for (const id of PLAYERS) await admin.call(api.createUser, { body: { id, username: id } });
  const first = new Organizer('admin', admin, new SeededRandom(seed, 'admin'), ledger, playing, null);
  const organizers = [first];
  const owners = new Map<string, Organizer>();
  const cups: Cup[] = [];
  for (let number = 1; number <= CUPS; number += 1) {
    const id = `cup-${number}`;
    const name = `organizer-${number}`;
    const rest = new RestClient(url, await signToken('ORGANIZER', name));
    const organizer = new Organizer(name, rest, new SeededRandom(seed, name), ledger, playing, id);
    await rest.call(api.createTournament, { body: { id, name: `Cup ${number}`, game: 'CSGO' } });
    for (const side of ['home', 'away']) await rest.call(api.createParticipant, { params: { id }, body: { id: side, name: `Team ${side}` } });
    const matchIds = Array.from({ length: MATCHES_EACH }, (_, index) => `${id}-match-${index + 1}`);
    for (const matchId of matchIds) {
      await rest.call(api.createMatch, { params: { id }, body: { id: matchId, homeParticipantId: 'home', awayParticipantId: 'away' } });
      await organizer.start(matchId, id, true);
    }
    cups.push({ id, matchIds });
    organizers.push(organizer);
    owners.set(id, organizer);
  }
  return { cups, organizers, organizerOf: (cupId) => owners.get(cupId) ?? first };
}
