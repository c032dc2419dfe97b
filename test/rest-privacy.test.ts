/** A private tournament does not exist for strangers, on any route and in any list; for those who belong, it does. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { given, refused, send, type Reply } from './support/wire.js';

describe('a private tournament', () => {
  let arena: Arena;
  let cup: Cup;
  let match: string;
  const tokens: Record<string, string | undefined> = { nobody: undefined };
  const read = (path: string, who: string): Promise<Reply> => send(arena.at(0), 'GET', path, { token: tokens[who] });

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    const owner = await arena.rest(0, 'ORGANIZER', 'olga');
    Object.assign(tokens, {
      admin: await arena.token('ADMIN', 'ada'), olga: await arena.token('ORGANIZER', 'olga'), rita: await arena.token('PLAYER', 'rita'), rolf: await arena.token('PLAYER', 'rolf'), nora: await arena.token('PLAYER', 'nora'),
      pia: await arena.token('PLAYER', 'pia'), sam: await arena.token('PLAYER', 'sam'), otto: await arena.token('ORGANIZER', 'otto'),
    });
    cup = await openCup(owner, { visibility: 'private' });
    match = cup.matchIds[0]!;
    const post = (path: string, body: unknown): Promise<Reply> => send(arena.at(0), 'POST', path, { token: tokens['olga'], body });
    given(await post('/users', { id: 'pia', username: 'Hidden Pia' }), 201);
    given(await post(`/tournaments/${cup.id}/participants`, { id: 'pia', name: 'Hidden Pia', userId: 'pia' }), 201);
    given(await post(`/tournaments/${cup.id}/staff`, { userId: 'rita', role: 'referee' }), 201);
    given(await post(`/tournaments/${cup.id}/staff`, { userId: 'rolf', role: 'referee', matchIds: [match] }), 201);
    given(await post(`/tournaments/${cup.id}/staff`, { userId: 'nora', role: 'owner' }), 201);
    given(await send(arena.at(0), 'PUT', `/matches/${match}/stats`, { token: tokens['olga'], body: { lines: [{ userId: 'pia', participantId: 'home', stats: { kills: 99, deaths: 1 } }] } }));
  });
  afterAll(() => arena.close());

  const strangers = ['nobody', 'sam', 'otto'];
  const belong = ['olga', 'nora', 'rita', 'rolf', 'pia', 'admin'];
  const paths = (): string[] => [
    `/tournaments/${cup.id}`, `/tournaments/${cup.id}/standings`, `/tournaments/${cup.id}/participants`, `/tournaments/${cup.id}/matches`, `/matches/${match}`, `/matches/${match}/events`,
    `/analytics/top-players?stat=kills&tournamentId=${cup.id}`, `/analytics/tournaments/${cup.id}`,
  ];

  it.each(strangers)('is not there for %s, in the same words as one that never was', async (who) => {
    for (const path of paths()) {
      const [hidden, never] = [refused(await read(path, who), 'NOT_FOUND'), refused(await read(path.replaceAll(cup.id, 'never-was'), who), 'NOT_FOUND')];
      expect(hidden.detail.replaceAll(cup.id, 'never-was')).toBe(never.detail);
    }
    if (who !== 'nobody') refused(await read(`/tournaments/${cup.id}/staff`, who), 'NOT_FOUND');
  });

  it.each(strangers)('is in no list that %s can ask for', async (who) => {
    for (const path of ['/tournaments', '/tournaments?game=CSGO', '/matches', '/matches?status=LIVE', '/matches?game=CSGO', '/analytics/top-players?stat=kills', '/analytics/top-players?stat=kills&game=CSGO', '/analytics/leaderboard?game=CSGO&minMatches=1', '/analytics/stats?hasKey=kills', '/analytics/players/pia', '/analytics/players/pia/kda']) {
      const reply = await read(path, who);
      if (!path.startsWith('/analytics/players')) given(reply);
      expect([path, reply.text.includes(cup.id), reply.text.includes('99')]).toEqual([path, false, false]);
    }
  });

  it('is not changed by strangers either, who are told that there is none', async () => {
    const writes: [method: string, path: string, body: unknown][] = [
      ['PATCH', `/tournaments/${cup.id}`, { name: 'Mine' }], ['POST', `/tournaments/${cup.id}/participants`, { name: 'n' }], ['POST', `/tournaments/${cup.id}/staff`, { userId: 'sam', role: 'owner' }], ['POST', `/tournaments/${cup.id}/matches`, { homeParticipantId: 'home', awayParticipantId: 'away' }],
      ['POST', `/matches/${match}/start`, undefined], ['PUT', `/matches/${match}/score`, { homeScore: 1, awayScore: 0 }], ['POST', `/matches/${match}/end`, {}], ['POST', `/matches/${match}/corrections`, { homeScore: 1, reason: 'r' }], ['POST', `/matches/${match}/cancel`, {}],
      ['POST', `/matches/${match}/reschedule`, { scheduledAt: '2027-01-01T00:00:00Z' }], ['PUT', `/matches/${match}/stats`, { lines: [{ userId: 'pia', participantId: 'home', stats: { kills: 1 } }] }],
    ];
    for (const who of ['sam', 'otto']) {
      for (const [method, path, body] of writes) {
        refused(await send(arena.at(0), method, path, { token: tokens[who], body }), 'NOT_FOUND');
        // Not even a condition or a key tells that it is there.
        refused(await send(arena.at(0), method, path, { token: tokens[who], body, headers: { 'idempotency-key': `probe-${who}` } }), 'NOT_FOUND');
      }
    }
    for (const [method, path, body] of writes) refused(await send(arena.at(0), method, path, { body }), 'UNAUTHENTICATED');
  });

  it.each(belong)('is there for %s, who belongs', async (who) => {
    for (const path of paths().slice(0, 7)) given(await read(path, who));
    expect(given(await read(`/analytics/top-players?stat=kills&tournamentId=${cup.id}`, who))['data']).toEqual([expect.objectContaining({ userId: 'pia', statValue: 99 })]);
    expect((given(await read('/tournaments', who))['data'] as { id: string }[]).map(({ id }) => id)).toEqual([cup.id]);
    const unchanged = await send(arena.at(0), 'GET', `/matches/${match}`, { token: tokens[who], headers: { 'if-none-match': '"2"' } });
    expect(unchanged.status).toBe(304);
  });

  it('answers strangers no 304 that would tell of it', async () => {
    refused(await send(arena.at(0), 'GET', `/matches/${match}`, { headers: { 'if-none-match': '"2"' } }), 'NOT_FOUND');
    refused(await send(arena.at(0), 'GET', `/tournaments/${cup.id}`, { headers: { 'if-none-match': '"1"' } }), 'NOT_FOUND');
  });

  it('is there for all from the moment it is made public, and gone again', async () => {
    const visible = (visibility: string): Promise<Reply> => send(arena.at(0), 'PATCH', `/tournaments/${cup.id}`, { token: tokens['olga'], body: { visibility } });
    given(await visible('public'));
    for (const path of paths().slice(0, 7)) given(await read(path, 'nobody'));
    given(await visible('private'));
    for (const path of paths()) refused(await read(path, 'nobody'), 'NOT_FOUND');
  });
});
