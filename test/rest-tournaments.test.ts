/** Tournaments, who takes part, who runs them, and the table. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { given, pathsOf, refused, send } from './support/wire.js';

describe('a tournament over REST', () => {
  let arena: Arena;
  let token: string;
  let owner: RestClient;
  let referee: RestClient;
  beforeAll(async () => {
    arena = await openArena({ redis: false });
    token = await arena.token('ORGANIZER', 'olga');
    owner = await arena.rest(0, 'ORGANIZER', 'olga');
    referee = await arena.rest(0, 'PLAYER', 'rita');
  });
  afterAll(() => arena.close());
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) => send(arena.at(0), 'POST', path, { token, body, headers });
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) => send(arena.at(0), 'PATCH', `/tournaments/${id}`, { token, body, headers });

  it('is opened under an id of one\'s choice, once, and read with its version as ETag', async () => {
    const opened = await owner.request(api.createTournament, { body: { id: 'summer', name: '  Summer  ', game: 'LOL', startsAt: '2026-12-01T12:00:00Z' } });
    expect([opened.status, opened.etag]).toEqual([201, '"1"']);
    expect(opened.data).toMatchObject({ id: 'summer', name: 'Summer', game: 'LOL', visibility: 'public', ownerId: 'olga', startsAt: '2026-12-01T12:00:00.000Z', version: 1 });
    refused(await post('/tournaments', { id: 'summer', name: 'Again', game: 'LOL' }), 'ALREADY_EXISTS');
    expect(given(await post('/tournaments', { name: 'Without an id', game: 'FIFA' }), 201)['id']).toMatch(/^[0-9a-f-]{36}$/);
    const unchanged = await send(arena.at(0), 'GET', '/tournaments/summer', { headers: { 'if-none-match': '"1"' } });
    expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    refused(await send(arena.at(0), 'GET', '/tournaments/winter'), 'NOT_FOUND');
  });

  it.each([[{ game: 'CSGO' }, 'name'], [{ name: ' ', game: 'CSGO' }, 'name'], [{ name: 'x'.repeat(121), game: 'CSGO' }, 'name'], [{ name: 'a\nb', game: 'CSGO' }, 'name'], [{ name: 'n' }, 'game'], [{ name: 'n', game: 'chess' }, 'game'], [{ name: 'n', game: 'CSGO', visibility: 'secret' }, 'visibility'], [{ name: 'n', game: 'CSGO', ownerId: 'me' }, 'ownerId']])('is not opened as %j', async (body, path) => {
    expect(pathsOf(refused(await post('/tournaments', body), 'VALIDATION_FAILED'))).toEqual([path]);
  });

  it('is changed by its owner, conditionally when asked', async () => {
    const { id } = await openCup(owner, { matches: 0 });
    expect(given(await patch(id, { name: 'Renamed' }))).toMatchObject({ name: 'Renamed', version: 2 });
    expect(given(await patch(id, { startsAt: '2027-01-01T00:00:00Z' }, { 'if-match': '"2"' }))).toMatchObject({ name: 'Renamed', version: 3 });
    expect(refused(await patch(id, { name: 'Late' }, { 'if-match': '"2"' }), 'STALE').current).toMatchObject({ id, name: 'Renamed', version: 3 });
    expect(given(await patch(id, { startsAt: null }))).toMatchObject({ startsAt: null });
    refused(await patch(id, {}), 'VALIDATION_FAILED');
    expect(pathsOf(refused(await patch(id, { name: 'n', game: 'LOL' }), 'VALIDATION_FAILED'))).toEqual(['game']);
    refused(await patch('winter', { name: 'n' }), 'NOT_FOUND');
    const stranger = await arena.token('ORGANIZER', 'sam');
    refused(await send(arena.at(0), 'PATCH', `/tournaments/${id}`, { token: stranger, body: { name: 'Mine' } }), 'FORBIDDEN');
    refused(await send(arena.at(0), 'PATCH', `/tournaments/${id}`, { body: { name: 'Mine' } }), 'UNAUTHENTICATED');
  });

  it('is not changed by saying what is so already: its version and its time stay, and so does who holds them', async () => {
    const { id } = await openCup(owner, { matches: 0 });
    const set = given(await patch(id, { name: 'Same', visibility: 'private', startsAt: '2027-01-01T00:00:00Z' }));
    for (const again of [{ name: 'Same' }, { visibility: 'private' }, { startsAt: '2027-01-01T01:00:00+01:00' }, { name: ' Same ', visibility: 'private', startsAt: '2027-01-01T00:00:00.000Z' }]) {
      expect(given(await patch(id, again, { 'if-match': '"2"' }))).toEqual(set);
    }
    refused(await patch(id, { name: 'Same' }, { 'if-match': '"1"' }), 'STALE');
    expect(given(await patch(id, { startsAt: null }))).toMatchObject({ version: 3, startsAt: null });
    expect(given(await patch(id, { startsAt: null }))).toMatchObject({ version: 3 });
    expect(given(await patch(id, { name: 'Same', visibility: 'public' }))).toMatchObject({ version: 4 });
  });

  it('has participants whose ids are their own within it', async () => {
    const [one, two] = [await openCup(owner, { matches: 0 }), await openCup(owner, { matches: 0 })];
    await owner.call(api.createUser, { body: { id: 'pia', username: 'Pia' } });
    const enter = (id: string, body: unknown) => post(`/tournaments/${id}/participants`, body);
    expect(given(await enter(one.id, { id: 'pia', name: 'Pia', userId: 'pia', seed: 1 }), 201)).toMatchObject({ id: 'pia', tournamentId: one.id, userId: 'pia', seed: 1 });
    given(await enter(two.id, { id: 'pia', name: 'Another Pia' }), 201);
    refused(await enter(one.id, { id: 'pia', name: 'Pia' }), 'ALREADY_EXISTS');
    expect(pathsOf(refused(await enter(one.id, { name: 'Ghost', userId: 'ghost' }), 'UNKNOWN_REFERENCE'))).toEqual(['userId']);
    refused(await enter('winter', { name: 'n' }), 'NOT_FOUND');
    refused(await enter(one.id, { name: 'n', seed: 0 }), 'VALIDATION_FAILED');
    const { data } = await owner.call(api.listParticipants, { params: { id: one.id }, query: {} });
    expect(data.map(({ id }) => id)).toEqual(['away', 'home', 'pia']);
  });

  it('lets a referee do what a referee does, in the matches they are named for, until they are named otherwise', async () => {
    const cup = await openCup(owner, { matches: 2 });
    const [first, second] = cup.matchIds as [string, string];
    const score = (client: RestClient, id: string) => client.call(api.postScore, { params: { id }, body: { homeScore: 1, awayScore: 0 } });
    const name = (body: unknown) => post(`/tournaments/${cup.id}/staff`, body);
    await expect(score(referee, first)).rejects.toMatchObject({ status: 403, problem: { code: 'FORBIDDEN' } });
    expect(given(await name({ userId: 'rita', role: 'referee', matchIds: [first] }), 201)).toMatchObject({ userId: 'rita', matchIds: [first] });
    await score(referee, first);
    await expect(score(referee, second)).rejects.toMatchObject({ problem: { code: 'FORBIDDEN' } });
    await expect(referee.call(api.cancelMatch, { params: { id: first }, body: {} })).rejects.toMatchObject({ problem: { code: 'FORBIDDEN' } });
    await expect(referee.call(api.createStaff, { params: { id: cup.id }, body: { userId: 'rita', role: 'owner' } })).rejects.toMatchObject({ problem: { code: 'FORBIDDEN' } });
    await expect(referee.call(api.listStaff, { params: { id: cup.id }, query: {} })).rejects.toMatchObject({ problem: { code: 'FORBIDDEN' } });
    given(await name({ userId: 'rita', role: 'referee' }), 201);
    await score(referee, second);
    given(await name({ userId: 'rita', role: 'owner' }), 201);
    await referee.call(api.cancelMatch, { params: { id: second }, body: {} });
    expect((await owner.call(api.listStaff, { params: { id: cup.id }, query: {} })).data).toEqual([expect.objectContaining({ userId: 'rita', role: 'owner', matchIds: null })]);
    expect(pathsOf(refused(await name({ userId: 'r', role: 'referee', matchIds: [first, 'elsewhere'] }), 'UNKNOWN_REFERENCE'))).toEqual(['matchIds.1']);
    expect(pathsOf(refused(await name({ userId: 'r', role: 'owner', matchIds: [first] }), 'VALIDATION_FAILED'))).toEqual(['matchIds']);
    refused(await name({ userId: 'r', role: 'caster' }), 'VALIDATION_FAILED');
  });

  it('has a table that counts completed matches alone', async () => {
    const cup = await openCup(owner, { matches: 4 });
    const [won, drawn, running, off] = cup.matchIds as [string, string, string, string];
    const score = (id: string, homeScore: number, awayScore: number) => owner.call(api.postScore, { params: { id }, body: { homeScore, awayScore } });
    await score(won, 2, 1);
    await score(running, 9, 0);
    await owner.call(api.endMatch, { params: { id: won }, body: {} });
    await owner.call(api.endMatch, { params: { id: drawn }, body: {} });
    await owner.call(api.cancelMatch, { params: { id: off }, body: {} });
    const { data } = await owner.call(api.getStandings, { params: { id: cup.id }, query: {} });
    expect(data).toEqual([
      { rank: 1, participant: { id: 'home', name: 'Team home' }, played: 2, wins: 1, draws: 1, losses: 0, scoreFor: 2, scoreAgainst: 1, points: 4 },
      { rank: 2, participant: { id: 'away', name: 'Team away' }, played: 2, wins: 0, draws: 1, losses: 1, scoreFor: 1, scoreAgainst: 2, points: 1 },
    ]);
    await owner.call(api.correctMatch, { params: { id: won }, body: { awayScore: 3, reason: 'r' } });
    expect((await owner.call(api.getStandings, { params: { id: cup.id }, query: {} })).data.map(({ participant, points }) => [participant.id, points])).toEqual([['away', 4], ['home', 1]]);
    const page = async (query: string) => given(await send(arena.at(0), 'GET', `/tournaments/${cup.id}/standings?${query}`)) as { data: { rank: number; participant: { id: string } }[]; nextCursor: string | null };
    const first = await page('limit=1');
    const second = await page(`limit=1&cursor=${String(first.nextCursor)}`);
    expect([...first.data, ...second.data].map(({ rank, participant }) => [rank, participant.id])).toEqual([[1, 'away'], [2, 'home']]);
    expect([typeof first.nextCursor, second.nextCursor]).toEqual(['string', null]);
    for (const query of ['limit=0', 'limit=1001', 'cursor=nonsense']) refused(await send(arena.at(0), 'GET', `/tournaments/${cup.id}/standings?${query}`), 'VALIDATION_FAILED');
  });
});
