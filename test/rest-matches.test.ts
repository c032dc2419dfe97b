/** A match over REST: each move, each refusal by its code, the ETag that counts along, and the log that adds up to the row. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { api } from '../src/contracts/api.js';
import { applyEvent } from '../src/contracts/apply-event.js';
import { MatchSnapshot } from '../src/contracts/match.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { given, pathsOf, refused, send, type Reply } from './support/wire.js';

describe('a match over REST', () => {
  let arena: Arena;
  let token: string;
  let client: RestClient;
  let cup: Cup;
  let made = 0;
  const newMatch = async (start = true): Promise<string> => {
    const id = `m-${String((made += 1))}`;
    await client.call(api.createMatch, { params: { id: cup.id }, body: { id, homeParticipantId: 'home', awayParticipantId: 'away' } });
    if (start) await client.call(api.startMatch, { params: { id } });
    return id;
  };
  const act = (method: 'POST' | 'PUT', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => send(arena.at(0), method, path, { token, body, headers });
  const get = async (id: string): Promise<MatchSnapshot> => client.call(api.getMatch, { params: { id } });

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    token = await arena.token('ORGANIZER');
    client = await arena.rest(0, 'ORGANIZER');
    cup = await openCup(client, { matches: 0 });
  });
  afterAll(() => arena.close());

  it('goes from its schedule to a corrected end, and every answer is the whole state with its ETag', async () => {
    const body = { id: 'whole', homeParticipantId: 'home', awayParticipantId: 'away', round: 'Grand final', bestOf: 5, scheduledAt: '2026-11-22T18:00:00+02:00' };
    const scheduled = await client.request(api.createMatch, { params: { id: cup.id }, body });
    expect(scheduled.status).toBe(201);
    expect(scheduled.data).toEqual({
      id: 'whole', tournamentId: cup.id, seq: 0, status: 'SCHEDULED', home: { id: 'home', name: 'Team home' }, away: { id: 'away', name: 'Team away' }, homeScore: 0, awayScore: 0,
      winnerId: null, outcome: null, round: 'Grand final', bestOf: 5, scheduledAt: '2026-11-22T16:00:00.000Z', startedAt: null, endedAt: null, updatedAt: expect.any(String),
    });
    const params = { id: 'whole' };
    const steps = [
      await client.request(api.rescheduleMatch, { params, body: { scheduledAt: '2026-11-23T16:00:00Z', reason: 'rain' } }),
      await client.request(api.startMatch, { params }),
      await client.request(api.postScore, { params, body: { homeScore: 3, awayScore: 1 } }),
      await client.request(api.endMatch, { params, body: {} }),
      await client.request(api.correctMatch, { params, body: { awayScore: 4, reason: 'sides were swapped' } }),
    ];
    expect(steps.map(({ status, etag, data }) => [status, etag, data.seq, data.status, data.homeScore, data.awayScore, data.winnerId])).toEqual([
      [200, '"1"', 1, 'SCHEDULED', 0, 0, null], [200, '"2"', 2, 'LIVE', 0, 0, null], [200, '"3"', 3, 'LIVE', 3, 1, null], [200, '"4"', 4, 'COMPLETED', 3, 1, 'home'], [201, '"5"', 5, 'COMPLETED', 3, 4, 'away'],
    ]);
    for (const { data } of steps) expect(MatchSnapshot.strict().parse(data)).toEqual(data);
    const last = await client.request(api.getMatch, { params });
    expect([last.etag, last.data]).toEqual(['"5"', steps.at(-1)?.data]);
    const { data: log, seq, nextCursor } = await client.call(api.listEvents, { params, query: {} });
    expect([seq, nextCursor]).toEqual([5, null]);
    expect(log.map(({ type }) => type)).toEqual(['match_rescheduled', 'match_start', 'score_update', 'match_end', 'match_correction']);
    expect(log.reduce(applyEvent, scheduled.data)).toEqual(last.data);
  });

  it('refuses each move that its state does not allow with 409, and tells the state', async () => {
    const [scheduled, live, over, cancelled] = [await newMatch(false), await newMatch(), await newMatch(), await newMatch(false)];
    given(await act('POST', `/matches/${over}/end`, {}));
    given(await act('POST', `/matches/${cancelled}/cancel`, { reason: 'no show' }));
    const moves: [method: 'POST' | 'PUT', move: string, body: unknown, allowed: string[]][] = [
      ['PUT', 'score', { homeScore: 1, awayScore: 0 }, [live]],
      ['PUT', 'stats', { lines: [{ userId: 'u', participantId: 'home', stats: { kills: 1 } }] }, [live, over]],
      ['POST', 'reschedule', { scheduledAt: '2027-01-01T00:00:00Z' }, [scheduled]],
      ['POST', 'corrections', { homeScore: 1, reason: 'r' }, [live, over]],
      ['POST', 'start', undefined, [scheduled]],
      ['POST', 'end', {}, [live]],
      ['POST', 'cancel', {}, [scheduled, live]],
    ];
    for (const [method, move, body, allowed] of moves) {
      for (const id of [scheduled, live, over, cancelled].filter((match) => !allowed.includes(match))) {
        const before = await get(id);
        const problem = refused(await act(method, `/matches/${id}/${move}`, body), 'INVALID_TRANSITION');
        expect(problem.details).toMatchObject({ status: before.status });
        expect(await get(id)).toEqual(before);
      }
    }
  });

  it('refuses an end and a correction that cannot be true', async () => {
    const id = await newMatch();
    given(await act('PUT', `/matches/${id}/score`, { homeScore: 2, awayScore: 1 }));
    refused(await act('POST', `/matches/${id}/end`, { winnerId: 'away' }), 'UNPROCESSABLE');
    refused(await act('POST', `/matches/${id}/end`, { winnerId: 'somebody' }), 'UNPROCESSABLE');
    refused(await act('POST', `/matches/${id}/end`, { outcome: 'forfeit' }), 'UNPROCESSABLE');
    refused(await act('POST', `/matches/${id}/corrections`, { winnerId: 'home', reason: 'r' }), 'UNPROCESSABLE');
    expect(pathsOf(refused(await act('POST', `/matches/${id}/corrections`, { homeScore: 1 }), 'VALIDATION_FAILED'))).toEqual(['reason']);
    refused(await act('POST', `/matches/${id}/corrections`, { reason: 'nothing to correct' }), 'VALIDATION_FAILED');
    expect(given(await act('POST', `/matches/${id}/end`, { outcome: 'forfeit', winnerId: 'away' }))).toMatchObject({ winnerId: 'away', outcome: 'forfeit', homeScore: 2 });
  });

  it('that was no forfeit is corrected, for spectators and in the table', async () => {
    const spectator = await Spectator.connect(arena.at(0).url);
    try {
      const id = await newMatch(false);
      await spectator.join('join_match', id);
      given(await act('POST', `/matches/${id}/end`, { outcome: 'double_forfeit' }));
      const lossesOf = async (side: string): Promise<number> => (await client.call(api.getStandings, { params: { id: cup.id }, query: {} })).data.find(({ participant }) => participant.id === side)?.losses ?? -1;
      const before = [await lossesOf('home'), await lossesOf('away')] as const;
      const corrected = await act('POST', `/matches/${id}/corrections`, { outcome: 'played', homeScore: 2, awayScore: 1, reason: 'Both had come' });
      expect(given(corrected, 201)).toMatchObject({ status: 'COMPLETED', winnerId: 'home', outcome: 'played', homeScore: 2, startedAt: null, seq: 2 });
      expect(await get(id)).toEqual(corrected.body);
      await spectator.reached(id, 2);
      expect(spectator.events.at(-1)).toMatchObject({ type: 'match_correction', winnerId: 'home', outcome: 'played', reason: 'Both had come' });
      expect([await lossesOf('home'), await lossesOf('away')]).toEqual([before[0] - 1, before[1]]);
      refused(await act('POST', `/matches/${id}/corrections`, { outcome: 'forfeit', reason: 'r' }), 'UNPROCESSABLE');
      expect(pathsOf(refused(await act('POST', `/matches/${id}/corrections`, { outcome: 'drawn', reason: 'r' }), 'VALIDATION_FAILED'))).toEqual(['outcome']);
    } finally {
      spectator.close();
    }
  });

  it('is scheduled between two known participants of its tournament, under an id of its own', async () => {
    const path = `/tournaments/${cup.id}/matches`;
    expect(pathsOf(refused(await act('POST', path, { homeParticipantId: 'home', awayParticipantId: 'nobody' }), 'UNKNOWN_REFERENCE'))).toEqual(['awayParticipantId']);
    expect(pathsOf(refused(await act('POST', path, { homeParticipantId: 'home', awayParticipantId: 'home' }), 'VALIDATION_FAILED'))).toEqual(['awayParticipantId']);
    refused(await act('POST', path, { id: await newMatch(false), homeParticipantId: 'home', awayParticipantId: 'away' }), 'ALREADY_EXISTS');
    refused(await act('POST', '/tournaments/nowhere/matches', { homeParticipantId: 'home', awayParticipantId: 'away' }), 'NOT_FOUND');
  });

  it('is unknown by any other id, on every route', async () => {
    for (const path of ['', '/events']) refused(await send(arena.at(0), 'GET', `/matches/nope${path}`), 'NOT_FOUND');
    for (const [method, move, body] of [['POST', 'start', undefined], ['POST', 'end', {}], ['POST', 'cancel', {}], ['POST', 'corrections', { homeScore: 1, reason: 'r' }], ['POST', 'reschedule', { scheduledAt: '2027-01-01T00:00:00Z' }], ['PUT', 'score', { homeScore: 1, awayScore: 0 }], ['PUT', 'stats', { lines: [{ userId: 'u', participantId: 'home', stats: { kills: 1 } }] }]] as const) {
      refused(await act(method, `/matches/nope/${move}`, body), 'NOT_FOUND');
    }
  });

  it('changes on If-Match only as it was seen, and else answers what it is now', async () => {
    const id = await newMatch();
    given(await act('PUT', `/matches/${id}/score`, { homeScore: 1, awayScore: 0 }, { 'if-match': '"1"' }));
    const problem = refused(await act('PUT', `/matches/${id}/score`, { homeScore: 1, awayScore: 1 }, { 'if-match': '"1"' }), 'STALE');
    expect(problem.current).toEqual(await get(id));
    expect(problem.details).toBeUndefined();
    for (const [method, move, body] of [['POST', 'end', {}], ['POST', 'cancel', {}], ['POST', 'corrections', { homeScore: 1, reason: 'r' }], ['PUT', 'stats', { lines: [{ userId: 'u', participantId: 'home', stats: { kills: 1 } }] }]] as const) {
      expect(refused(await act(method, `/matches/${id}/${move}`, body, { 'if-match': '"1"' }), 'STALE').current).toMatchObject({ id, seq: 2 });
    }
    const ten = await Promise.all(Array.from({ length: 10 }, (_, index) => act('PUT', `/matches/${id}/score`, { homeScore: index, awayScore: 0 }, { 'if-match': '"2"' })));
    expect(ten.map((reply) => reply.status).sort()).toEqual([200, ...Array<number>(9).fill(412)]);
  });

  it.each(['17', '"abc"', 'abc', '""', '"-1"', '*', '"1", "2"'])('refuses or understands If-Match %s, and never ignores it', async (header) => {
    const id = await newMatch();
    const reply = await act('PUT', `/matches/${id}/score`, { homeScore: 1, awayScore: 0 }, { 'if-match': header });
    refused(reply, header === '17' ? 'STALE' : 'VALIDATION_FAILED');
    expect((await get(id)).seq).toBe(1);
  });

  it('refuses If-Match where it means nothing', async () => {
    const headers = { 'if-match': '"1"' };
    refused(await act('POST', '/tournaments', { name: 'n', game: 'CSGO' }, headers), 'VALIDATION_FAILED');
    refused(await act('POST', `/tournaments/${cup.id}/matches`, { homeParticipantId: 'home', awayParticipantId: 'away' }, headers), 'VALIDATION_FAILED');
    refused(await act('POST', '/users', { username: 'n' }, headers), 'VALIDATION_FAILED');
  });

  it('answers 304 without a body while its ETag is the one that was seen', async () => {
    const id = await newMatch();
    const read = (tag: string): Promise<Reply> => send(arena.at(0), 'GET', `/matches/${id}`, { headers: { 'if-none-match': tag } });
    for (const tag of ['"1"', 'W/"1"', '"0", "1"']) {
      const reply = await read(tag);
      expect([reply.status, reply.text, reply.headers.get('etag')]).toEqual([304, '', '"1"']);
    }
    given(await read('"0"'));
    given(await act('PUT', `/matches/${id}/score`, { homeScore: 1, awayScore: 0 }));
    expect(given(await read('"1"'))).toMatchObject({ seq: 2 });
  });

  it('gives its log after any number, and none from the future', async () => {
    const id = await newMatch();
    for (let score = 1; score <= 6; score += 1) given(await act('PUT', `/matches/${id}/score`, { homeScore: score, awayScore: 0 }));
    const events = (query: string): Promise<Reply> => send(arena.at(0), 'GET', `/matches/${id}/events${query}`);
    const seqs = (reply: Reply): number[] => (given(reply)['data'] as { seq: number }[]).map(({ seq }) => seq);
    expect(seqs(await events(''))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(seqs(await events('?after=5'))).toEqual([6, 7]);
    expect(seqs(await events('?after=7'))).toEqual([]);
    const page = given(await events('?limit=3&after=1'));
    expect((page['data'] as unknown[]).length).toBe(3);
    expect(seqs(await events(`?limit=500&cursor=${String(page['nextCursor'])}`))).toEqual([5, 6, 7]);
    expect(pathsOf(refused(await events(`?after=1&cursor=${String(page['nextCursor'])}`), 'VALIDATION_FAILED'))).toEqual(['cursor']);
    expect(refused(await events('?after=8'), 'CURSOR_AHEAD').details).toEqual({ seq: 7 });
    for (const query of ['?after=-1', '?after=1.5', '?after=', '?limit=0', '?limit=501', '?after=99999999999']) refused(await events(query), 'VALIDATION_FAILED');
  });

  it('is, after any moves, what its log adds up to', async () => {
    const score = fc.integer({ min: 0, max: 3 });
    const move = fc.oneof(
      fc.record({ homeScore: score, awayScore: score }).map((body) => ['PUT', 'score', body] as const),
      fc.record({ homeScore: score, outcome: fc.constantFrom(undefined, 'played', 'double_forfeit'), reason: fc.constant('r') }).map((body) => ['POST', 'corrections', body] as const),
      fc.constantFrom(...([['POST', 'start', undefined], ['POST', 'end', {}], ['POST', 'end', { outcome: 'forfeit', winnerId: 'home' }], ['POST', 'cancel', {}], ['POST', 'reschedule', { scheduledAt: '2027-01-01T01:00:00.123456+01:00' }]] as const)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 10 }), async (moves) => {
        const id = await newMatch(false);
        let at = await get(id);
        const first = at;
        for (const [method, path, body] of moves) {
          const reply = await act(method, `/matches/${id}/${path}`, body);
          if (reply.status < 300) at = MatchSnapshot.parse(reply.body);
          else expect([409, 422]).toContain(reply.status);
          expect(await get(id)).toEqual(at);
        }
        const { data } = await client.call(api.listEvents, { params: { id }, query: {} });
        expect(data.reduce(applyEvent, first)).toEqual(at);
      }),
      { numRuns: 12 },
    );
  });
});
