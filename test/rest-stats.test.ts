/** Stat lines over REST: all of them or none, up to 1,000 and 1 MiB, each fault by its path. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { given, pathsOf, refused, send, type Reply } from './support/wire.js';

const PLAYERS = 1_000;

describe('stat lines over REST', () => {
  let arena: Arena;
  let token: string;
  let client: RestClient;
  let cup: Cup;
  let match: string;
  let database: pg.Client;

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    token = await arena.token('ORGANIZER');
    client = await arena.rest(0, 'ORGANIZER');
    database = new pg.Client(arena.databaseUrl);
    await database.connect();
    await database.query(`insert into users (id, username, role) select 'p' || n, 'Player ' || n, 'PLAYER' from generate_series(0, ${String(PLAYERS)}) n`);
  });
  beforeEach(async () => {
    cup = await openCup(client, { game: 'LOL' });
    match = cup.matchIds[0]!;
  });
  afterAll(async () => {
    await database.end();
    await arena.close();
  });

  const put = (body: unknown, id = match): Promise<Reply> => send(arena.at(0), 'PUT', `/matches/${id}/stats`, { token, body });
  const line = (index: number, stats: Record<string, unknown> = { kills: index }) => ({ userId: `p${String(index)}`, participantId: index % 2 === 0 ? 'home' : 'away', stats });
  const lines = (count: number, stats?: Record<string, unknown>) => ({ lines: Array.from({ length: count }, (_, index) => line(index, stats)) });
  const kept = async (): Promise<Record<string, unknown>[]> => (await database.query<Record<string, unknown>>('select user_id, participant_id, stats, game from game_stats where match_id = $1 order by user_id', [match])).rows;

  it('are written, told of by an event, and replaced by the next ones of the same player', async () => {
    const answer = await client.request(api.putStats, { params: { id: match }, body: lines(2) });
    expect([answer.status, answer.etag, answer.data]).toEqual([200, '"2"', { matchId: match, seq: 2, written: 2, updatedAt: expect.any(String) }]);
    given(await put({ lines: [line(1, { deaths: 4, champion: 'Kai\'Sa 🦄', role: 'ＡＤＣ' })] }));
    expect(await kept()).toEqual([
      { user_id: 'p0', participant_id: 'home', stats: { kills: 0 }, game: 'LOL' },
      { user_id: 'p1', participant_id: 'away', stats: { deaths: 4, champion: 'Kai\'Sa 🦄', role: 'ＡＤＣ' }, game: 'LOL' },
    ]);
    const { data } = await client.call(api.listEvents, { params: { id: match }, query: { after: '2' } });
    expect(data).toEqual([{ type: 'stats_update', matchId: match, tournamentId: cup.id, seq: 3, at: expect.any(String), lineCount: 1, lines: [{ userId: 'p1', participantId: 'away', stats: { deaths: 4, champion: 'Kai\'Sa 🦄', role: 'ＡＤＣ' } }] }]);
  });

  it('are 1,000 at most in one go, which then are told of by their number', async () => {
    expect(given(await put(lines(PLAYERS)))).toMatchObject({ written: 1_000, seq: 2 });
    expect(await kept()).toHaveLength(1_000);
    const { data } = await client.call(api.listEvents, { params: { id: match }, query: { after: '1' } });
    expect(data).toEqual([expect.not.objectContaining({ lines: expect.anything() })]);
    expect(pathsOf(refused(await put(lines(PLAYERS + 1)), 'VALIDATION_FAILED'))).toEqual(['lines']);
    expect(pathsOf(refused(await put({ lines: [] }), 'VALIDATION_FAILED'))).toEqual(['lines']);
  });

  it('are 1 MiB at most: 900 KiB pass, 1.1 MiB do not', async () => {
    const sized = (bytes: number): string => {
      const text = JSON.stringify(lines(PLAYERS, { kills: 1, champion: 'x'.repeat(60) }));
      return text + ' '.repeat(bytes - Buffer.byteLength(text));
    };
    const raw = (bytes: number): Promise<Reply> => send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token, raw: sized(bytes) });
    expect(given(await raw(900 * 1024))).toMatchObject({ written: 1_000 });
    given(await raw(1024 * 1024));
    refused(await raw(1024 * 1024 + 1), 'PAYLOAD_TOO_LARGE');
    refused(await raw(Math.round(1.1 * 1024 * 1024)), 'PAYLOAD_TOO_LARGE');
  });

  it.each<[what: string, bad: Record<string, unknown>, code: 'UNPROCESSABLE' | 'UNKNOWN_REFERENCE' | 'VALIDATION_FAILED', path: string]>([
    ['a negative count', { userId: 'p7', participantId: 'home', stats: { kills: -1 } }, 'UNPROCESSABLE', 'lines.2.stats.kills'],
    ['a count as text', { userId: 'p7', participantId: 'home', stats: { gold: '1' } }, 'UNPROCESSABLE', 'lines.2.stats.gold'],
    ['a number beyond all careers', { userId: 'p7', participantId: 'home', stats: { gold: 1_000_000_001 } }, 'UNPROCESSABLE', 'lines.2.stats.gold'],
    ['a stat of another game', { userId: 'p7', participantId: 'home', stats: { kills: 1, headshots: 1 } }, 'UNPROCESSABLE', 'lines.2.stats.headshots'],
    ['a side that does not play', { userId: 'p7', participantId: 'third', stats: { kills: 1 } }, 'UNPROCESSABLE', 'lines.2.participantId'],
    ['the same player twice', { userId: 'p0', participantId: 'home', stats: { kills: 1 } }, 'UNPROCESSABLE', 'lines.2.userId'],
    ['an unknown player', { userId: 'ghost', participantId: 'home', stats: { kills: 1 } }, 'UNKNOWN_REFERENCE', 'lines.2.userId'],
    ['no player', { participantId: 'home', stats: { kills: 1 } }, 'VALIDATION_FAILED', 'lines.2.userId'],
    ['no stats', { userId: 'p7', participantId: 'home' }, 'VALIDATION_FAILED', 'lines.2.stats'],
  ])('are all refused for one with %s', async (_, bad, code, path) => {
    expect(pathsOf(refused(await put({ lines: [line(0), line(1), bad, line(3)] }), code))).toEqual([path]);
    expect(await kept()).toEqual([]);
    expect((await client.call(api.getMatch, { params: { id: match } })).seq).toBe(1);
  });

  it('refuse Infinity, which JSON cannot say but 1e999 does', async () => {
    const reply = await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token, raw: '{"lines":[{"userId":"p1","participantId":"home","stats":{"kills":1e999}}]}' });
    expect(pathsOf(refused(reply, 'UNPROCESSABLE'))).toEqual(['lines.0.stats.kills']);
  });

  it('come from those who referee the match alone', async () => {
    refused(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token: await arena.token('ORGANIZER', 'other'), body: lines(1) }), 'FORBIDDEN');
    refused(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { body: lines(1) }), 'UNAUTHENTICATED');
  });

  it('of overlapping players written at once by many end without a deadlock, each whole', async () => {
    const other = (await openCup(client, { game: 'LOL' })).matchIds[0]!;
    const shuffled = lines(200).lines.sort((a, b) => (a.userId.length * 7 + a.userId.charCodeAt(2)) % 5 - (b.userId.length * 7 + b.userId.charCodeAt(2)) % 5);
    const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => put({ lines: index % 2 === 0 ? shuffled : lines(200).lines }, index < 5 ? match : other)));
    expect(replies.map((reply) => reply.status)).toEqual(Array<number>(10).fill(200));
    expect(await kept()).toHaveLength(200);
  });

  it('are described for each game as JSON Schema', async () => {
    const { data } = await client.call(api.listGames);
    expect(data.map(({ name }) => name)).toEqual(['CSGO', 'FIFA', 'LOL']);
    for (const game of data) {
      expect(game.schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(Object.keys(game.schema['properties'] as object)).toEqual(expect.arrayContaining(game.numericStats));
    }
    expect(data[2]?.numericStats).toEqual(['kills', 'deaths', 'assists', 'cs', 'gold', 'visionScore']);
  });
});
