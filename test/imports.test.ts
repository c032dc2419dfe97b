/** Imports of one file, again and again, into a running server: in another order, changed, at once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { readImport } from '../src/tools/import-file.js';
import { runImport } from '../src/tools/import-run.js';
import { PatientClient } from '../src/tools/patience.js';
import { openArena, type Arena } from './arena/arena.js';

const HEADER = 'tournament,match,team,opponent,teamScore,opponentScore,player,kills,deaths';

describe('a file of player rows', () => {
  let arena: Arena;
  let organizer: RestClient;
  let runs = 0;
  beforeAll(async () => {
    arena = await openArena({ redis: false });
    organizer = await arena.rest(0, 'ORGANIZER');
  });
  afterAll(() => arena.close());

  const planOf = (rows: readonly string[]) => readImport([HEADER, ...rows].join('\n'), { game: 'CSGO', tournament: 'unnamed' }).plan;
  const importRows = (rows: readonly string[], client = organizer) =>
    runImport({ client: new PatientClient(client, { giveUpAfterMs: 20_000 }), plan: planOf(rows), game: 'CSGO', run: `run ${String((runs += 1))}` });

  it('that has a player in the other team now has moved them on the server, too', async () => {
    const before = ['Moves,m1,Reds,Blues,16,10,Ann,5,3', 'Moves,m1,Blues,Reds,10,16,Bob,4,5', 'Moves,m1,Blues,Reds,10,16,Cat,2,5'];
    await importRows(before);
    const moved = before.with(2, 'Moves,m1,Reds,Blues,16,10,Cat,2,5');
    expect(await importRows(moved)).toMatchObject({ statLines: { written: 1, unchanged: 2 }, refused: [] });
    const cat = planOf(moved).players.find(({ name }) => name === 'Cat');
    expect((await organizer.call(api.playerPage, { params: { userId: cat?.id ?? '' }, query: {} })).record).toMatchObject({ totalMatches: 1, wins: 1 });
    expect(await importRows(moved)).toMatchObject({ statLines: { written: 0, unchanged: 3 }, refused: [] });
  });
});
