/** Imports of one file, again and again, into a running server: in another order, changed, at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, type Endpoint } from '../src/contracts/api.js';
import { RestClient, type CallOptions } from '../src/contracts/rest-client.js';
import { readImport } from '../src/tools/import-file.js';
import { runImport } from '../src/tools/import-run.js';
import { PatientClient } from '../src/tools/patience.js';
import { explain } from '../src/tools/tool-run.js';
import { openArena, type Arena } from './arena/arena.js';

const command = fileURLToPath(new URL('../dist/tools/import.js', import.meta.url));
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
  it('sorted in another way is the same file: home stays home', async () => {
    const rows = ['Order,m1,Reds,Blues,16,10,Ann,5,3', 'Order,m1,Blues,Reds,10,16,Bob,4,5'];
    const broken = new Overtaken(organizer, api.postScore, () => Promise.reject(new Error('the line broke')));
    await expect(importRows(rows, broken)).rejects.toThrow('the line broke');
    const other = rows.toReversed();
    expect(await importRows(other)).toMatchObject({ statLines: { written: 0, unchanged: 2 }, refused: [] });
    const [match] = (await organizer.call(api.listTournamentMatches, { params: { id: planOf(rows).tournaments[0]?.id ?? '' }, query: {} })).data;
    expect(match).toMatchObject({ status: 'COMPLETED', home: { name: 'Reds' }, homeScore: 16, awayScore: 10, winnerId: match?.home.id });
    expect(await importRows(other)).toMatchObject({ statLines: { written: 0, unchanged: 2 }, refused: [] });
  });

  it.each([['start', api.startMatch], ['score', api.postScore], ['end', api.endMatch]] as const)('imported by two at once is not refused to the one whose %s comes second', async (name, step) => {
    const rows = [`Twice ${name},m1,Reds,Blues,16,10,Ann,5,3`, `Twice ${name},m1,Blues,Reds,10,16,Bob,4,5`];
    const slower = new Overtaken(organizer, step, () => importRows(rows));
    expect(await importRows(rows, slower)).toMatchObject({ refused: [] });
    const [match] = (await organizer.call(api.listTournamentMatches, { params: { id: planOf(rows).tournaments[0]?.id ?? '' }, query: {} })).data;
    expect(match).toMatchObject({ status: 'COMPLETED', homeScore: 16, awayScore: 10 });
  });

  it('does not go to an address that sends on to another one, which is told', async () => {
    const rows = ['Elsewhere,m1,Reds,Blues,16,10,Ann,5,3'];
    const { url } = arena.at(0);
    const proxy = createServer((request, response) => void response.writeHead(301, { location: `${url}${request.url ?? ''}` }).end()).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      const client = new RestClient(`http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`, await arena.token('ORGANIZER'));
      await expect(importRows(rows, client)).rejects.toThrow(`this address sends on to ${url}/api/v1/tournaments: use that one`);
    } finally {
      proxy.close();
    }
  });

  it('tells a script by its end whether all of it is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'grandstand-import-'));
    const env = { ...process.env, GRANDSTAND_URL: arena.at(0).url, GRANDSTAND_TOKEN: await arena.token('ORGANIZER') };
    const endOf = async (rows: readonly string[]) => {
      const file = join(folder, 'rows.csv');
      writeFileSync(file, [HEADER, ...rows].join('\n'));
      const child = spawn(process.execPath, [command, file, '--game', 'CSGO'], { env, stdio: 'ignore' });
      return ((await once(child, 'close')) as [code: number | null])[0];
    };
    try {
      const rows = ['Script,m1,Reds,Blues,16,10,Ann,5,3', 'Script,m1,Blues,Reds,10,16,Bob,4,5'];
      expect(await endOf(rows)).toBe(0);
      expect(await endOf(rows)).toBe(0);
      expect(await endOf([...rows, 'Script,m1,Blues,Reds,10,16,Cat,many,5'])).toBe(1);
      const refused = rows.map((row) => row.replace('m1', 'm2'));
      const id = planOf(refused).matches[0]?.id ?? '';
      await importRows(refused, new Overtaken(organizer, api.endMatch, () => organizer.call(api.cancelMatch, { params: { id }, body: {} })));
      expect(await endOf([...rows, ...refused.map((row) => row.replace('5,3', '6,3'))])).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('whose token ends on the way goes on with another one, as its user is told', async () => {
    const rows = ['Expires,m1,Reds,Blues,16,10,Ann,5,3', 'Expires,m1,Blues,Reds,10,16,Bob,4,5'];
    const expired = new RestClient(organizer.baseUrl, await arena.token('ORGANIZER', 'organizer-1', { expiresInS: -60 }));
    const broken = new Overtaken(organizer, api.endMatch, () => expired.call(api.endMatch, { params: { id: planOf(rows).matches[0]?.id ?? '' }, body: {} }));
    const failure = await importRows(rows, broken).then(() => undefined, (error: unknown) => error);
    expect(explain(failure, '')).toMatch(/TOKEN_EXPIRED[^]*Run it again with a new one[^]*it goes on from here/);
    expect(await importRows(rows)).toMatchObject({ statLines: { written: 0, unchanged: 2 }, refused: [] });
  });

  it('leaves out a match that was cancelled meanwhile, and says so', async () => {
    const rows = ['Cancelled,m1,Reds,Blues,16,10,Ann,5,3', 'Cancelled,m1,Blues,Reds,10,16,Bob,4,5'];
    const id = planOf(rows).matches[0]?.id ?? '';
    const overtaken = new Overtaken(organizer, api.endMatch, () => organizer.call(api.cancelMatch, { params: { id }, body: {} }));
    expect((await importRows(rows, overtaken)).refused).toMatchObject([{ line: 2, reason: expect.stringContaining('CANCELLED') }]);
  });
});

/** Something else happens first, once, before its call of one endpoint goes out. */
class Overtaken extends RestClient {
  #first: (() => Promise<unknown>) | undefined;

  constructor(
    private readonly client: RestClient,
    private readonly step: Endpoint,
    first: () => Promise<unknown>,
  ) {
    super(client.baseUrl);
    this.#first = first;
  }

  override async request<E extends Endpoint>(endpoint: E, options?: CallOptions<E>) {
    if (endpoint.path === this.step.path && endpoint.method === this.step.method) {
      const first = this.#first;
      this.#first = undefined;
      await first?.();
    }
    return this.client.request(endpoint, options);
  }
}
