/** The plans of the hot queries: each must use its index, on a database large enough for the planner to have a choice. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { leaderboardFastSql, leaderboardFoldedSql } from '../src/modules/analytics/queries/leaderboard.js';
import { playerKdaFastSql, playerKdaFoldedSql } from '../src/modules/analytics/queries/player-kda.js';
import { statColumn } from '../src/modules/analytics/queries/ranked-stats.js';
import { rareSql, searchStatsSql, WALKS, walkSql } from '../src/modules/analytics/queries/search-stats.js';
import { seedRows } from '../src/modules/analytics/seed/seed-rows.js';
import { topPlayersFastSql, topPlayersFoldedSql, topPlayersSql } from '../src/modules/analytics/queries/top-players.js';
import type { Game } from '../src/contracts/games/index.js';
import { listPublicSql } from '../src/modules/matches/matches.repository.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { rankingsOn, rowsOf } from './support/rankings.js';

let database: TestDatabase;
let client: pg.Client;
const nothing = (): void => undefined;

async function plan({ text, values }: { text: string; values: unknown[] }): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${text}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
/** Whatever the planner thinks of the numbers of transactions: a seed has many lines in few. */
function expectUnfoldedByIndex(text: string): void {
  expect(text).toContain('stat_deltas_xid_idx');
  expect(text).toContain('game_stats_csgo_xid_idx');
  expect(text).not.toMatch(/Seq Scan on game_stats/);
}
const column = (stat: string) => statColumn(stat)!;

beforeAll(async () => {
  database = await createDatabase();
  await seedRows({ databaseUrl: database.url, rows: 40_000, seed: 'plans', progress: nothing, step: nothing });
  client = new pg.Client(database.url);
  await client.connect();
  // Deltas that were folded and vacuumed away, as in a database that is in use.
  await client.query(`insert into stat_deltas (xid, user_id, game, tournament_id, lines, played, wins) select '1', 'plans-p1', 'CSGO', 'plans-t0', 0, 0, 0 from generate_series(1, 20000)`);
  await client.query(`delete from stat_deltas where xid = '1'`);
  await client.query('vacuum analyze stat_deltas');
}, 120_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('Hot queries', () => {
  it.each(['CSGO', undefined] as const)('rank by kills from the index, without a sort of the players (%s)', async (game) => {
    for (const sql of [topPlayersFastSql, topPlayersFoldedSql]) {
      const text = await plan(sql({ stat: 'kills', game, limit: 10 }, column('kills')));
      expect(text).toContain('player_totals_kills_idx');
      expectUnfoldedByIndex(text);
      expect(text).not.toMatch(/Seq Scan on player_totals/);
    }
  });

  it.each(['fresh from a vacuum', 'all changed since'])('read what can be on the page from the index, and not the totals of all players (%s)', async (state) => {
    await client.query('begin');
    // Then PostgreSQL has to look at each row beside its index, and thinks more of reading them all.
    if (state === 'all changed since') await client.query('update player_totals set lines = lines; analyze player_totals');
    for (const game of ['CSGO', undefined] as const) {
      for (const sql of [topPlayersFastSql({ stat: 'kills', game, limit: 10 }, column('kills')), leaderboardFastSql({ game, minMatches: 5, limit: 100 })]) {
        expect(await plan(sql)).not.toMatch(/(Seq|Bitmap Heap) Scan on player_totals/);
      }
    }
    await client.query('rollback');
  });

  it('rank by goals from the index', async () => {
    expect(await plan(topPlayersFastSql({ stat: 'goals', game: 'FIFA', limit: 10 }, column('goals')))).toContain('player_totals_goals_idx');
  });

  it('read the leaderboard in the order of its index', async () => {
    for (const sql of [leaderboardFastSql, leaderboardFoldedSql]) {
      const text = await plan(sql({ game: 'CSGO', minMatches: 5, limit: 100 }));
      expect(text).toContain('player_totals_leaderboard_idx');
      expectUnfoldedByIndex(text);
      // Read once, the totals of a game's players would take longer than all else; compared with all that is pending, one by one, too.
      expect(text).not.toMatch(/(Seq|Bitmap Heap) Scan on player_totals|Join Filter/);
    }
  });

  it('find a player\'s totals by key', async () => {
    for (const sql of [playerKdaFastSql, playerKdaFoldedSql]) {
      const text = await plan(sql('plans-p1', 'CSGO'));
      expect(text).toContain('player_totals_pkey');
      expect(text).toContain('users_pkey');
      expectUnfoldedByIndex(text);
    }
  });

  it('read a page of matches along the index of its filter, and name only those', async () => {
    // Of a game that many play, a page is at the end of all matches; of one that few do, it is not.
    const rare = 'CHESS' as Game;
    const before = { at: new Date('2030-01-01T00:00:00Z'), id: 'm' };
    for (const [filter, index] of [[{}, 'matches_created_at_id_idx'], [{ before }, 'matches_created_at_id_idx'], [{ game: 'LOL' }, 'created_at_id_idx'], [{ game: rare }, 'matches_game_created_at_id_idx'], [{ status: 'LIVE' }, 'matches_status_created_at_id_idx']] as const) {
      const text = await plan(listPublicSql({ limit: 50, before: null, ...filter }));
      expect(text).toContain(index);
      expect(text).not.toMatch(/Seq Scan on matches/);
      // Above the limit: the joins take the page, not the table.
      expect(text.indexOf('Limit')).toBeLessThan(text.indexOf(index));
      expect(text.indexOf('participants')).toBeGreaterThan(-1);
      expect(text.slice(text.indexOf('Limit'), text.indexOf(index))).not.toContain('participants');
    }
  });

  it('find rare lines with the GIN index, common ones by walking the key of one partition', async () => {
    const search = { game: 'LOL', contains: { champion: 'Riven', kills: 3 }, limit: 50, after: null } as const;
    expect(await plan(rareSql(search))).toContain('game_stats_lol_stats_idx');
    const walk = await plan(walkSql(search, WALKS[0]));
    expect(walk).toContain('game_stats_lol_pkey');
    expect(walk).not.toMatch(/game_stats_(csgo|fifa)/);
  });

  it.each([
    // Of 16,000 lines some 2,500, 250 and 10: the first lines fill a page, let expect one in ten times as many, and let expect none.
    [{ champion: 'Yasuo' }, [WALKS[0]], false],
    [{ champion: 'Nami' }, [...WALKS], false],
    [{ champion: 'Nami', kills: 3 }, [WALKS[0]], true],
  ])('give the same page of %j, whichever way it is found', async (contains, walks, rare) => {
    const search = { game: 'LOL', contains, limit: 50, after: null } as const;
    const { rankings, asked } = rankingsOn(client);
    const { value } = await rankings.search(search);
    expect(value).toMatchObject(await rowsOf(client, searchStatsSql(search)));
    expect(asked.flatMap((each) => WALKS.filter((lines) => each.includes(lines)))).toEqual(walks);
    expect(WALKS.some((lines) => asked.at(-1)?.includes(lines))).toBe(!rare);
  });

  it('takes a stat that nearly every line holds for one that nearly every line holds, in the raw ranking too', async () => {
    const { text, values } = topPlayersSql({ stat: 'kills', game: 'CSGO', limit: 10 });
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    const { rows: lines } = await client.query<{ count: number }>('select count(*)::int from game_stats_csgo');
    // What it takes the joined lines for, where each is looked at: a hash of a tenth of that size would spill.
    const expected = rows.flatMap((row) => /Join.* rows=(\d+)/.exec(row['QUERY PLAN'])?.[1] ?? []).map(Number);
    expect(Math.max(...expected)).toBeGreaterThan((lines[0]?.count ?? 0) / 10);
  });

  it('read one partition for a ranking of one game, and a tournament\'s lines by its index', async () => {
    expect(await plan(topPlayersSql({ stat: 'gold', game: 'LOL', limit: 10, from: '2024-01-01T00:00:00Z' }))).not.toMatch(/game_stats_(csgo|fifa)/);
    expect(await plan(topPlayersSql({ stat: 'kills', tournamentId: 'plans-t0', limit: 10 }))).toMatch(/tournament_id_idx|match_id_idx/);
  });
});
