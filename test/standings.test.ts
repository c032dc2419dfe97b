/** The table, computed by PostgreSQL: equal to the one computed match by match, in its order and its ties, page by page. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Outcome } from '../src/contracts/match.js';
import type { Standing } from '../src/contracts/tournament.js';
import { StandingsRepository } from '../src/modules/tournaments/standings.repository.js';
import { openDatabase, type Database } from '../src/platform/database/prisma.js';
import { UnitOfWork } from '../src/platform/database/unit-of-work.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { tableOf, type Result } from './support/table.js';

let testDatabase: TestDatabase;
let database: Database;
let client: pg.Client;
let standings: StandingsRepository;
let tournaments = 0;

beforeAll(async () => {
  testDatabase = await createDatabase();
  database = openDatabase({ url: testDatabase.url, max: 2, onError: () => undefined });
  standings = new StandingsRepository(new UnitOfWork(database));
  client = new pg.Client(testDatabase.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.close();
  await testDatabase.drop();
});

interface Side {
  id: string;
  name: string;
}

/** A tournament in which this was played; matches that are not over stand beside it. */
async function play(participants: readonly Side[], results: readonly Result[]): Promise<string> {
  const id = `t${String((tournaments += 1))}`;
  await client.query(`insert into tournaments (id, name, game, visibility, owner_id) values ($1, 't', 'CSGO', 'public', 'olga')`, [id]);
  await client.query('insert into participants (tournament_id, id, name) select $1, p.id, p.name from jsonb_to_recordset($2::jsonb) as p(id text, name text)', [id, JSON.stringify(participants)]);
  await client.query(
    `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status, home_score, away_score, winner_id, outcome)
     select $1 || '-' || n, $1, 'CSGO', r."homeId", r."awayId", 'COMPLETED', r."homeScore", r."awayScore", r."winnerId", r.outcome
     from rows from (jsonb_to_recordset($2::jsonb) as ("homeId" text, "awayId" text, "homeScore" int, "awayScore" int, "winnerId" text, outcome text)) with ordinality as r("homeId", "awayId", "homeScore", "awayScore", "winnerId", outcome, n)`,
    [id, JSON.stringify(results)],
  );
  const [home, away] = participants;
  if (home && away) {
    for (const status of ['SCHEDULED', 'LIVE', 'CANCELLED']) {
      await client.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status, home_score) values ($1, $2, 'CSGO', $3, $4, $5, 9)`, [`${id}-${status}`, id, home.id, away.id, status]);
    }
  }
  return id;
}

async function inPages(id: string, limit: number): Promise<Standing[]> {
  const rows: Standing[] = [];
  for (;;) {
    const page = await standings.page(id, { limit, after: rows.length });
    rows.push(...page.slice(0, limit));
    if (page.length <= limit) return rows;
  }
}

const team = (id: string, name = id.toUpperCase()): Side => ({ id, name });
const result = (homeId: string, awayId: string, homeScore: number, awayScore: number, winnerId: string | null, outcome: Outcome = 'played'): Result => ({ homeId, awayId, homeScore, awayScore, winnerId, outcome });
const short = (rows: readonly Standing[]) => rows.map(({ rank, participant, played, wins, draws, losses, points }) => [rank, participant.id, played, wins, draws, losses, points]);
const table = async (participants: Side[], results: Result[]): Promise<Standing[]> => inPages(await play(participants, results), 100);

describe('standings', () => {
  it('list everybody before the first match, by name', async () => {
    expect(short(await table([team('b'), team('a')], []))).toEqual([[1, 'a', 0, 0, 0, 0, 0], [2, 'b', 0, 0, 0, 0, 0]]);
    expect(await table([], [])).toEqual([]);
  });

  it('give 3 points a win, 1 a draw', async () => {
    const rows = await table([team('a'), team('b'), team('c')], [result('a', 'b', 2, 1, 'a'), result('b', 'c', 1, 1, null), result('c', 'a', 0, 4, 'a')]);
    expect(short(rows)).toEqual([[1, 'a', 2, 2, 0, 0, 6], [2, 'b', 2, 0, 1, 1, 1], [3, 'c', 2, 0, 1, 1, 1]]);
    expect(rows[0]).toMatchObject({ scoreFor: 6, scoreAgainst: 1 });
  });

  it('count a forfeit as won and lost, a double forfeit as lost by both, a tie with a winner as won', async () => {
    const rows = await table([team('a'), team('b')], [result('a', 'b', 0, 0, 'b', 'forfeit'), result('a', 'b', 0, 0, null, 'double_forfeit'), result('a', 'b', 1, 1, 'a')]);
    expect(short(rows)).toEqual([[1, 'a', 3, 1, 0, 2, 3], [2, 'b', 3, 1, 0, 2, 3]]);
  });

  it('order equal points by difference, then by scored, then by name, then by id', async () => {
    const rows = await table(
      [team('a', 'Same'), team('b', 'Same'), team('c', 'Other'), team('d'), team('e'), team('x')],
      [result('d', 'x', 1, 0, 'd'), result('e', 'x', 3, 1, 'e'), result('a', 'x', 2, 1, 'a'), result('b', 'x', 2, 1, 'b'), result('c', 'x', 2, 1, 'c')],
    );
    expect(rows.map((row) => row.participant.id)).toEqual(['e', 'c', 'a', 'b', 'd', 'x']);
  });

  it('order names of any script as JavaScript does, whatever the database collates by', async () => {
    const names = ['b', 'B', 'a', 'ä', 'Ω', 'ｆｕｌｌ', '\ud7ff', '\ue000', '\uffff', '🎯', '🎯b', '\u{10ffff}', '\u{10ffff}\ue000', '\u{10ffff}a', '\u{10000}', '안', 'a b', 'a-b', 'aé', ''];
    const rows = await table(names.map((name, index) => team(`p${String(index)}`, name)), []);
    expect(rows.map(({ participant }) => participant.name)).toEqual([...names].sort());
  });

  it('equal those computed match by match, whatever was played, on pages of any size', async () => {
    const ids = ['a', 'B', 'c-1', '_d', '0'] as const;
    const pair = fc.constantFrom(...ids.flatMap((home) => ids.filter((away) => away !== home).map((away) => [home, away] as const)));
    const score = fc.integer({ min: 0, max: 2 });
    const anyResult = fc.tuple(pair, score, score, fc.constantFrom('home', 'away', 'none', 'double', 'forfeit')).map(([[home, away], hs, as, winner]) =>
      result(home, away, hs, as, winner === 'home' || winner === 'forfeit' ? home : winner === 'away' ? away : null, winner === 'double' ? 'double_forfeit' : winner === 'forfeit' ? 'forfeit' : 'played'),
    );
    const anyName = fc.oneof(fc.constantFrom('Same', 'same', '🎯', 'ｆ'), fc.string({ unit: fc.constantFrom('a', 'Z', 'é', '\ue000', '\uffff', '🎯', '\u{10ffff}'), maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.tuple(...ids.map(() => anyName)), fc.array(anyResult, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), async (names, results, limit) => {
        const participants = ids.map((id, index) => ({ id, name: names[index] ?? '' }));
        expect(await inPages(await play(participants, results), limit)).toEqual(tableOf(participants, results));
      }),
      { numRuns: 60 },
    );
  });
});
