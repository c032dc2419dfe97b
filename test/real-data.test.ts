/**
 * Real matches through real servers: the recorded feeds played into two
 * instances while spectators watch, and the player rows imported. Reads the
 * data beside the checkout (or GRANDSTAND_DATA_DIR), which is no part of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, type Endpoint } from '../src/contracts/api.js';
import type { Game } from '../src/contracts/games/index.js';
import { RestClient, type CallOptions } from '../src/contracts/rest-client.js';
import { readCsv } from '../src/tools/csv-table.js';
import { planFeed } from '../src/tools/feed-plan.js';
import { readImport } from '../src/tools/import-file.js';
import { runImport } from '../src/tools/import-run.js';
import { PatientClient } from '../src/tools/patience.js';
import { replayFeed, type ReplayReport } from '../src/tools/replay-feed.js';
import { openArena, type Arena } from './arena/arena.js';
import { Spectator } from './arena/spectator.js';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const data = process.env['GRANDSTAND_DATA_DIR'] ?? resolve(checkout, '..', 'shared', 'data');
const there = existsSync(resolve(data, 'csgo-nuel'));
if (!there) process.stderr.write(`real-data.test.ts: skipped, there is no match data in ${data} (GRANDSTAND_DATA_DIR)\n`);
const onRealData = there ? describe : describe.skip;

const CSGO = 'csgo-nuel/csgo_nuel_spring2018_player_maps.csv';
const FOOTBALL = 'football-wyscout/wc2018_euro2016_player_matches.csv';
const MAPS = [1, 2, 3].map((map) => ({ file: `livefeed_map${String(map)}.jsonl`, sheet: `src/kotnq${String(map)}f0` }));
const read = (file: string) => readFileSync(resolve(data, file), 'utf8');
const feed = (file: string) => read(`csgo-nuel/${file}`);

const quiet = { clock: { now: Date.now, sleep: () => Promise.resolve() }, say: () => undefined, speed: 0 };
const patient = (client: RestClient) => new PatientClient(client, { giveUpAfterMs: 20_000 });

onRealData('recorded feeds, read', () => {
  const { header, rows } = readCsv(there ? read(CSGO) : 'match');
  const cell = (row: (typeof rows)[number], column: string) => row.fields[header.indexOf(column)] ?? '';

  it.each(MAPS)('come to the lines of the league\'s own sheet: $file', ({ file, sheet }) => {
    const plan = planFeed(feed(file));
    const names = new Map([...plan.home.players, ...plan.away.players].map(({ ref, name }) => [ref, name]));
    const lines = new Map(plan.steps.flatMap((step) => ('lines' in step ? step.lines.map(({ ref, stats }) => [names.get(ref), stats] as const) : [])));
    const sheetLines = rows.filter((row) => cell(row, 'match') === sheet);
    expect(plan.faults).toEqual([]);
    expect(sheetLines).toHaveLength(10);
    for (const row of sheetLines) {
      const stats = Object.fromEntries(['kills', 'deaths', 'assists', 'headshots'].map((stat) => [stat, Number(cell(row, stat))]));
      expect(lines.get(cell(row, 'player'))).toMatchObject(stats);
    }
  });
});

onRealData('real matches through two instances', () => {
  let arena: Arena;
  let token: string;
  let client: RestClient;
  const urlOf = (index: number) => arena.at(index % 2).url;

  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
    token = await arena.token('ORGANIZER', 'real-organizer');
    client = new RestClient(urlOf(0), token);
  });
  afterAll(() => arena.close());

  it('shows three recorded maps to spectators on both, every event once and in order', async () => {
    const tournamentId = 'a-real-series';
    await client.call(api.createTournament, { body: { id: tournamentId, name: 'A real series', game: 'CSGO' } });
    const spectators = await Promise.all([Spectator.connect(urlOf(0)), Spectator.connect(urlOf(1))]);
    for (const spectator of spectators) await spectator.join('join_tournament', tournamentId);
    const reports: ReplayReport[] = [];
    for (const [index, { file }] of MAPS.entries()) {
      const text = feed(file);
      reports.push(await replayFeed({ ...quiet, client: patient(new RestClient(urlOf(index), token)), plan: planFeed(text), names: { file, text, tournamentId } }));
    }

    expect(reports.map(({ match, refused }) => [match.status, match.homeScore, match.awayScore, refused])).toEqual([
      ['COMPLETED', 16, 14, []],
      ['COMPLETED', 5, 16, []],
      ['COMPLETED', 16, 14, []],
    ]);
    expect(reports.map(({ match }) => match.winnerId)).toEqual([reports[0]?.match.home.id, reports[0]?.match.away.id, reports[0]?.match.home.id]);
    for (const spectator of spectators) {
      for (const { match } of reports) await spectator.reached(match.id, match.seq);
      // Answered after everything that was on its way: what did not come by then does not come.
      await spectator.join('leave_tournament', tournamentId);
      spectator.close();
      for (const { match, rounds } of reports) {
        expect(spectator.seqs(match.id)).toEqual(Array.from({ length: match.seq }, (_, index) => index + 1));
        expect(match.seq).toBe(2 + 2 * rounds);
        const last = spectator.events.findLast((event) => event.matchId === match.id);
        expect(last).toMatchObject({ type: 'match_end', homeScore: match.homeScore, awayScore: match.awayScore, winnerId: match.winnerId });
      }
    }
  });

  it('goes on with an interrupted replay, and leaves a finished one alone', async () => {
    const { file } = MAPS[1] ?? { file: '' };
    const text = feed(file);
    const names = { file, text, tournamentId: 'interrupted' };
    const once = { ...quiet, plan: planFeed(text), names };
    // Creating takes 16 calls, so the line breaks in the midst of the rounds, between stats and score.
    await expect(replayFeed({ ...once, client: new PatientClient(new Unlucky(urlOf(0), token, 50), { giveUpAfterMs: 0 }) })).rejects.toThrow('the line broke');
    const resumed = await replayFeed({ ...once, client: patient(new RestClient(urlOf(1), token)) });
    expect(resumed.rounds).toBeGreaterThan(0);
    expect(resumed.rounds).toBeLessThan(21);
    expect(resumed.match).toMatchObject({ status: 'COMPLETED', homeScore: 5, awayScore: 16, seq: 2 + 2 * 21 });
    const again = await replayFeed({ ...once, client: patient(client) });
    expect(again).toMatchObject({ result: 'already', rounds: 0, statLines: 0, match: { seq: resumed.match.seq } });
  });

  const importFile = async (file: string, game: Game, run: string) => {
    const { plan, faults } = readImport(read(file), { game, tournament: 'unnamed' });
    expect(faults).toEqual([]);
    return { plan, report: await runImport({ client: patient(client), plan, game, run }) };
  };
  const top = async (stat: string, game: Game) => (await client.call(api.topPlayers, { query: { stat, game, limit: '5' } })).data;
  const seqs = async (tournamentIds: readonly string[]) => {
    const pages = await Promise.all(tournamentIds.map((id) => client.call(api.listTournamentMatches, { params: { id }, query: { limit: '200' } })));
    return pages.flatMap(({ data: matches }) => matches.map(({ id, seq, status }) => [id, seq, status]));
  };

  it('imports the CS:GO league, twice with the same end', async () => {
    const first = await importFile(CSGO, 'CSGO', 'first');
    expect(first.report).toMatchObject({ refused: [], matches: { created: 28 }, players: { created: 125 }, statLines: { written: 280 } });
    const leaders = await top('kills', 'CSGO');
    expect(leaders.map(({ username, statValue, totalMatches }) => [username, statValue, totalMatches])).toEqual([
      ['Tobz', 310, 14], ['masoN x', 301, 16], ['Enigma', 275, 14], ['OriginalG x', 244, 12], ['Fades', 238, 14],
    ]);
    expect(await client.call(api.playerKda, { params: { userId: leaders[0]?.userId ?? '' }, query: {} })).toMatchObject({ kills: 310, assists: 44, deaths: 181, kda: 1.96 });

    const ids = first.plan.tournaments.map(({ id }) => id);
    const before = await seqs(ids);
    expect(before).toHaveLength(28);
    const second = await importFile(CSGO, 'CSGO', 'second');
    expect(second.report).toMatchObject({ refused: [], matches: { created: 0, found: 28 }, players: { created: 0 }, statLines: { written: 0, unchanged: 280 } });
    expect(await seqs(ids)).toEqual(before);
    expect(await top('kills', 'CSGO')).toEqual(leaders);
  });

  it('imports two football tournaments, twice with the same end', async () => {
    const first = await importFile(FOOTBALL, 'FIFA', 'first');
    expect(first.report).toMatchObject({ refused: [], matches: { created: 115 }, players: { created: 919 }, statLines: { written: 3197 } });
    const leaders = await top('goals', 'FIFA');
    expect(leaders.slice(0, 2).map(({ username, statValue, totalMatches }) => [username, statValue, totalMatches])).toEqual([['A. Griezmann', 10, 14], ['Cristiano Ronaldo', 7, 11]]);

    const ids = first.plan.tournaments.map(({ id }) => id);
    const before = await seqs(ids);
    const second = await importFile(FOOTBALL, 'FIFA', 'second');
    expect(second.report).toMatchObject({ refused: [], matches: { created: 0, found: 115 }, statLines: { written: 0, unchanged: 3197 } });
    expect(await seqs(ids)).toEqual(before);
    expect(await top('goals', 'FIFA')).toEqual(leaders);
    // 9 s on a quiet machine of two cores, three times that beside everything else.
  }, 180_000);
});

/** Loses the line after so many calls. */
class Unlucky extends RestClient {
  #left: number;

  constructor(url: string, token: string, calls: number) {
    super(url, token);
    this.#left = calls;
  }

  override request<E extends Endpoint>(endpoint: E, options?: CallOptions<E>) {
    if (this.#left-- <= 0) return Promise.reject(new Error('the line broke'));
    return super.request(endpoint, options);
  }
}
