/** Lists of 120 rows, page by page: each row exactly once, also while rows are added. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { given, refused, send } from './support/wire.js';

const ROWS = 120;

describe('a long list', () => {
  let arena: Arena;
  let client: RestClient;
  const name = (index: number): string => `r${String(index).padStart(3, '0')}`;
  const names = Array.from({ length: ROWS }, (_, index) => name(index));
  const inBatches = async (make: (id: string) => Promise<unknown>): Promise<void> => {
    for (let from = 0; from < ROWS; from += 20) await Promise.all(names.slice(from, from + 20).map(make));
  };
  /** Every page with `limit`; `between` is called after each. */
  const all = async (path: string, limit: number, between: () => Promise<unknown> = () => Promise.resolve()): Promise<Record<string, unknown>[]> => {
    const rows: Record<string, unknown>[] = [];
    const token = await arena.token('ADMIN');
    for (let cursor: string | null = null; ; ) {
      const page: Record<string, unknown> = given(await send(arena.at(0), 'GET', `${path}${path.includes('?') ? '&' : '?'}limit=${String(limit)}${cursor === null ? '' : `&cursor=${cursor}`}`, { token }));
      const data = page['data'] as Record<string, unknown>[];
      expect(data.length).toBeLessThanOrEqual(limit);
      rows.push(...data);
      cursor = page['nextCursor'] as string | null;
      if (cursor === null) return rows;
      expect(data).toHaveLength(limit);
      await between();
    }
  };
  const ids = (rows: Record<string, unknown>[]): string[] => rows.map((row) => String(row['id'] ?? row['userId']));

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    client = await arena.rest(0, 'ADMIN');
    await inBatches((id) => client.call(api.createTournament, { body: { id, name: id, game: 'CSGO' } }));
    for (const id of ['home', 'away']) await client.call(api.createParticipant, { params: { id: name(0) }, body: { id, name: id } });
    await inBatches((id) => client.call(api.createParticipant, { params: { id: name(1) }, body: { id, name: id } }));
    await inBatches((id) => client.call(api.createMatch, { params: { id: name(0) }, body: { id, homeParticipantId: 'home', awayParticipantId: 'away' } }));
    await inBatches((id) => client.call(api.createStaff, { params: { id: name(2) }, body: { userId: id, role: 'referee' } }));
  });
  afterAll(() => arena.close());

  it.each([7, 60, 119, 120, 200])('of tournaments, in pages of %d', async (limit) => {
    const rows = await all('/tournaments', limit);
    expect(ids(rows).sort()).toEqual(names);
    const times = rows.map((row) => String(row['createdAt']));
    expect(times).toEqual([...times].sort().reverse());
  });

  it('of matches, of one tournament oldest first and over all newest first', async () => {
    const [one, over] = [await all(`/tournaments/${name(0)}/matches`, 13), await all('/matches?status=SCHEDULED&game=CSGO', 13)];
    expect(ids(one).sort()).toEqual(names);
    expect(ids(over)).toEqual(ids(await all(`/tournaments/${name(0)}/matches`, 50)).reverse());
    expect(await all('/matches?status=LIVE', 50)).toEqual([]);
    expect(await all('/matches?game=LOL', 50)).toEqual([]);
  });

  it('of participants and of staff, by id', async () => {
    expect(ids(await all(`/tournaments/${name(1)}/participants`, 11))).toEqual(names);
    expect(ids(await all(`/tournaments/${name(2)}/staff`, 11))).toEqual(names);
  });

  it('shows nobody twice and leaves nobody out while others come in', async () => {
    let added = 0;
    const rows = ids(await all('/tournaments', 10, () => client.call(api.createTournament, { body: { id: `late-${String((added += 1))}`, name: 'late', game: 'LOL' } })));
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.filter((id) => id.startsWith('r')).sort()).toEqual(names);
    expect(ids(await all('/tournaments?game=LOL', 3))).toHaveLength(added);
  });

  it('refuses a cursor of another list, or of the same list of another one', async () => {
    const token = await arena.token('ADMIN');
    const lists = [
      '/tournaments', '/matches', `/tournaments/${name(0)}/matches`, `/tournaments/${name(1)}/participants`, `/tournaments/${name(0)}/participants`,
      `/tournaments/${name(2)}/staff`, `/tournaments/${name(1)}/staff`, `/tournaments/${name(0)}/standings`, `/tournaments/${name(1)}/standings`,
    ];
    const cursors = await Promise.all(lists.map(async (list) => given(await send(arena.at(0), 'GET', `${list}?limit=1`, { token }))['nextCursor'] as string | null));
    expect(cursors.filter((cursor) => cursor !== null).length).toBeGreaterThan(5);
    for (const [from, cursor] of cursors.entries()) {
      for (const [to, list] of cursor === null ? [] : lists.entries()) {
        const reply = await send(arena.at(0), 'GET', `${list}?limit=1&cursor=${String(cursor)}`, { token });
        if (from === to) given(reply);
        else expect(refused(reply, 'VALIDATION_FAILED')['details']).toEqual([expect.objectContaining({ path: 'cursor' })]);
      }
    }
  });

  it('of a log, over its cursor', async () => {
    const id = name(5);
    await client.call(api.startMatch, { params: { id } });
    for (let score = 2; score <= ROWS; score += 1) await client.call(api.postScore, { params: { id }, body: { homeScore: score, awayScore: 0 } });
    expect((await all(`/matches/${id}/events`, 17)).map((event) => event['seq'])).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  });
});
