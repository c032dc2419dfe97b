/**
 * Totals that are always right: whatever is written, by whoever, in whatever order, every fast ranking equals the raw one
 * over the same rows, at the end and in the middle, folded or not. Many lines at once: totals-bulk.test.ts.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { leaderboardSql } from '../src/modules/analytics/queries/leaderboard.js';
import { topPlayersSql } from '../src/modules/analytics/queries/top-players.js';
import { bothWays, fold, rowsOf } from './support/rankings.js';
import { ask, expectEqual, foldAll, GAMES, HELD, MATCHES_PER_TOURNAMENT, openTournaments, ownDatabase, put, SOME, USERS } from './support/totals.js';

const WRITERS = 4;
const connect = ownDatabase();

/** Lines become gains first, however few they are. */
const GATHERED = { gatherFrom: 0, gains: 1_000 };
const line = fc.record({ user: fc.constantFrom(...USERS), side: fc.constantFrom('home', 'away'), values: fc.array(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(87.5, 0.1, 33.333)), { minLength: 1, maxLength: 4 }), odd: fc.boolean() });
const match = fc.nat({ max: GAMES.length * 2 * MATCHES_PER_TOURNAMENT - 1 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), match, lines: fc.array(line, { minLength: 1, maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), match, lines: fc.array(line, { minLength: 0, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), match, user: fc.constantFrom(...USERS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), match, factor: fc.constantFrom(0, 2, 3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('status' as const), match, status: fc.constantFrom('SCHEDULED', 'LIVE', 'COMPLETED', 'CANCELLED'), winner: fc.constantFrom('home', 'away', null) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('correct' as const), match, winner: fc.constantFrom('home', 'away', null) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('visibility' as const), match, visibility: fc.constantFrom('public', 'private') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('roll back' as const), match, lines: fc.array(line, { minLength: 1, maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fold' as const), batch: fc.constantFrom(1, 3, 1000), size: fc.constantFrom({}, GATHERED, { gatherFrom: 0, gains: 3, moved: 1 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const winnerOf = (winner: string | null) => (winner === null ? 'null' : `${winner}_participant_id`);

/**
 * As the application does it: whoever writes to a match holds it, a transaction each. `interrupt` is called when all is
 * written and nothing committed.
 */
async function take(client: pg.Client, matchIds: readonly string[], step: Step, interrupt?: () => Promise<unknown>): Promise<void> {
  if (step.kind === 'fold') {
    await fold(client, step.batch, step.size);
    return;
  }
  const matchId = matchIds[step.match] ?? '';
  await client.query('begin');
  // A change of visibility locks the tournament, then its matches; nobody who holds a match asks for the tournament's row.
  if (step.kind !== 'visibility') await client.query('select 1 from matches where id = $1 for update', [matchId]);
  switch (step.kind) {
    case 'put':
    case 'roll back':
      await put(client, matchId, step.lines);
      break;
    case 'replace':
      await client.query('delete from game_stats where match_id = $1', [matchId]);
      await put(client, matchId, step.lines);
      break;
    case 'delete':
      await client.query('delete from game_stats where match_id = $1 and user_id = $2', [matchId, step.user]);
      break;
    case 'edit':
      await client.query(`update game_stats set stats = stats || jsonb_build_object('kills', $2::int), updated_at = now() where match_id = $1`, [matchId, step.factor]);
      break;
    case 'status':
      await client.query(`update matches set status = $2, winner_id = case when $2 = 'COMPLETED' then ${winnerOf(step.winner)} end where id = $1`, [matchId, step.status]);
      break;
    case 'correct':
      await client.query(`update matches set winner_id = ${winnerOf(step.winner)} where id = $1 and status = 'COMPLETED'`, [matchId]);
      break;
    case 'visibility':
      await client.query(`update tournaments set visibility = $2 where id = (select tournament_id from matches where id = $1)`, [matchId, step.visibility]);
      break;
  }
  await interrupt?.();
  await client.query(step.kind === 'roll back' ? 'rollback' : 'commit');
}

describe('Totals', () => {
  it('count a line by the tournament of its match, whichever the line itself names', async () => {
    const client = await connect();
    await openTournaments(client);
    await put(client, 'CSGO-public-0', [{ user: 'ann', side: 'home', values: [9], odd: false }]);
    await put(client, 'CSGO-private-0', [{ user: 'bob', side: 'home', values: [7], odd: false }]);
    // As no server of ours writes them, but nothing keeps others from it.
    await client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) values
      ('cyd', 'CSGO', 'CSGO-public-1', 'CSGO-private', 'team', '{"kills": 5}'), ('dee', 'CSGO', 'CSGO-private-1', 'CSGO-public', 'team', '{"kills": 3}')`);
    await expectEqual(client);
    await foldAll(client);
    await expectEqual(client);
  }, 60_000);

  it('equal the raw rankings to the last digit after any concurrent writes, and in the middle of them', async () => {
    const [writers, helpers, folder, reader] = [await Promise.all(Array.from({ length: WRITERS }, connect)), await Promise.all(Array.from({ length: WRITERS }, connect)), await connect(), await connect()];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 5, maxLength: 20 }), { minLength: WRITERS, maxLength: WRITERS }), async (scripts) => {
        const matchIds = await openTournaments(reader);
        const work = { writing: true };
        const written = Promise.all(
          scripts.map(async (script, index) => {
            const [client, helper] = [writers[index], helpers[index]];
            // Again and again, until the reader has compared its snapshots; every other change is open while a fold goes by.
            for (let turn = index; client && helper && work.writing; turn += 1) {
              for (const [place, each] of script.entries()) await take(client, matchIds, each, (turn + place) % 2 === 0 ? () => fold(helper, 3, GATHERED) : undefined);
            }
          }),
        );
        const folded = (async () => {
          while (work.writing) await fold(folder, 5);
        })();
        try {
          for (let snapshot = 0; snapshot < 2; snapshot += 1) await expectEqual(reader, HELD);
        } finally {
          work.writing = false;
          await Promise.allSettled([written, folded]);
        }
        await Promise.all([written, folded]);
        await expectEqual(reader, HELD);
        await foldAll(folder);
        await expectEqual(reader);
      }),
      { numRuns: Number(process.env['TOTALS_RUNS'] ?? 10), seed: 4, endOnFailure: true },
    );
  }, 300_000);

  const CHANGES: Record<string, string> = {
    'an update': `update game_stats set stats = '{"kills": 40, "deaths": 3}' where match_id = 'CSGO-public-0' and user_id <> 'ann'`,
    'an update that counts anew': `update game_stats set stats = '{"kills": 40}', xid = pg_current_xact_id() where match_id = 'CSGO-public-0'`,
    'another player': `update game_stats set user_id = 'flo' where match_id = 'CSGO-public-0' and user_id = 'cyd'`,
    'another match': `update game_stats set match_id = 'CSGO-private-1', tournament_id = 'CSGO-private' where match_id = 'CSGO-public-0' and user_id = 'cyd'`,
    'a delete': `delete from game_stats where match_id = 'CSGO-public-0' and user_id in ('bob', 'cyd')`,
    'a cancellation': `update matches set status = 'CANCELLED' where id = 'CSGO-public-0'`,
    'a private tournament': `update tournaments set visibility = 'private' where id = 'CSGO-public'`,
    'a public tournament': `update tournaments set visibility = 'public' where id = 'CSGO-private'`,
    'an end': `update matches set status = 'COMPLETED', winner_id = home_participant_id where id = 'CSGO-public-0'`,
  };
  it.each(Object.keys(CHANGES))('stay equal wherever a fold comes between lines and %s, and back again', async (name) => {
    const [client, other, observer] = [await connect(), await connect(), await connect()];
    // When a fold goes by: before the change, while it is open, after it (the lines alone, then all), or not at all.
    for (const moments of [[], ['before'], ['open'], ['after'], ['open', 'after'], ['before', 'open', 'after']]) {
      await openTournaments(client);
      for (const matchId of ['CSGO-public-0', 'CSGO-public-2', 'CSGO-private-0']) await put(client, matchId, ['ann', 'bob', 'cyd'].map((user, index) => ({ user, side: 'home', values: [index + 1, 2, 3], odd: index === 1 })));
      if (moments.includes('before')) await fold(observer);
      for (const sql of [CHANGES[name] ?? '', `update matches set status = 'LIVE', winner_id = null where id = 'CSGO-public-0'`, `update tournaments set visibility = 'public' where id = 'CSGO-public'`]) {
        await other.query('begin');
        await other.query(sql);
        if (moments.includes('open')) await fold(observer, 1);
        await expectEqual(observer, SOME);
        await other.query('commit');
        await expectEqual(observer, SOME);
        if (moments.includes('after')) await fold(observer, 1);
        await expectEqual(observer, SOME);
      }
      await foldAll(observer);
      await expectEqual(observer, SOME);
    }
  }, 30_000);

  it.each([
    ['a cancellation', `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) values ('ann', 'CSGO', 'CSGO-public-0', 'CSGO-public', 'p-ann', '{"kills": 7}')`, `update matches set status = 'CANCELLED' where id = 'CSGO-public-0'`],
    ['a tournament that becomes private', `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ('new', 'CSGO-public', 'CSGO', 'p-ann', 'p-bob', 'LIVE');
      insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) values ('ann', 'CSGO', 'new', 'CSGO-public', 'p-ann', '{"kills": 7}')`, `update tournaments set visibility = 'private' where id = 'CSGO-public'`],
  ])('miss no line that was being written during %s', async (_, insert, change) => {
    const [writer, changer, observer] = [await connect(), await connect(), await connect()];
    await openTournaments(observer);
    await writer.query('begin');
    await writer.query(insert);
    await changer.query('begin');
    const { done } = await ask(changer, observer, change);
    await writer.query('commit');
    await done;
    await fold(observer);
    await expectEqual(observer, HELD);
    await changer.query('commit');
    await expectEqual(observer, HELD);
    await foldAll(observer);
    await expectEqual(observer);
  });

  it('are cut off where the raw rankings are, which leave no order open', async () => {
    const client = await connect();
    for (const matchId of await openTournaments(client)) await put(client, matchId, USERS.map((user, index) => ({ user, side: 'home', values: [index % 2, 1, 1], odd: false })));
    await client.query(`update matches set status = 'COMPLETED', winner_id = home_participant_id`);
    for (const sql of [(limit: number) => topPlayersSql({ stat: 'kills', limit }), (limit: number) => leaderboardSql({ minMatches: 1, limit })]) {
      const all = await rowsOf(client, sql(1_000_000));
      expect(all.length).toBeGreaterThan(1);
      for (const limit of [1, 3]) expect(await rowsOf(client, sql(limit))).toEqual(all.slice(0, limit));
    }
  });

  it('are moved from gains a part at a time, each player whole, and answer alone when none is left', async () => {
    const [client, folder] = [await connect(), await connect()];
    const matchIds = await openTournaments(client);
    for (const matchId of matchIds) await put(client, matchId, USERS.map((user, index) => ({ user, side: 'home', values: [index, 2, 3], odd: index === 2 })));
    await client.query(`update matches set status = 'COMPLETED', winner_id = home_participant_id`);
    const count = async (table: string): Promise<number> => (await client.query<{ rows: number }>(`select count(*)::int as rows from ${table}`)).rows[0]?.rows ?? 0;
    const answering = async (): Promise<boolean> => (await bothWays(client, [], /^top kills/)).some(({ name }) => name.endsWith('folded'));
    await fold(folder, 1_000, GATHERED);
    expect(await Promise.all(['player_gains', 'player_totals'].map(count))).toEqual([USERS.length * GAMES.length, 0]);
    expect(await answering()).toBe(false);
    await expectEqual(client);
    for (let left = USERS.length * GAMES.length - 5; left > 0; left -= 5) {
      expect(await fold(folder, 1_000, { moved: 5 })).toMatchObject({ more: true });
      expect(await count('player_gains')).toBe(left);
      await expectEqual(client, HELD);
    }
    expect(await fold(folder, 1_000, { moved: 5 })).toMatchObject({ more: false });
    expect(await count('player_gains')).toBe(0);
    expect(await answering()).toBe(true);
    await expectEqual(client);
  });

  it('rank who changed since their lines were gathered', async () => {
    const [client, folder] = [await connect(), await connect()];
    await openTournaments(client);
    await put(client, 'CSGO-public-0', USERS.map((user, index) => ({ user, side: 'home', values: [10 - index, 1], odd: false })));
    await fold(folder, 1_000, GATHERED);
    // Overwritten, as every line of a running match is: what is added to the totals is no line, and less or more kills.
    await put(client, 'CSGO-public-0', [{ user: 'ann', side: 'home', values: [0, 1], odd: false }, { user: 'flo', side: 'home', values: [20, 1], odd: false }]);
    await client.query(`delete from game_stats where user_id = 'bob'`);
    await fold(folder, 1_000, { moved: 0 });
    await expectEqual(client);
    await foldAll(folder);
    await expectEqual(client);
  });

  it('rank who lost a line in an earlier transaction than the one that wrote it, when a fold is cut between these', async () => {
    const [client, older, folder] = [await connect(), await connect(), await connect()];
    await openTournaments(client);
    await put(client, 'CSGO-public-0', [{ user: 'bob', side: 'home', values: [5], odd: false }]);
    await foldAll(folder);
    await older.query('begin; select pg_current_xact_id()');
    await put(client, 'CSGO-public-1', [{ user: 'ann', side: 'home', values: [9], odd: false }, { user: 'bob', side: 'home', values: [9], odd: false }]);
    await older.query(`delete from game_stats where match_id = 'CSGO-public-1'; commit`);
    expect(await fold(folder, 1)).toMatchObject({ more: true });
    await expectEqual(client);
    await foldAll(folder);
    await expectEqual(client);
  });

  it('list the last of a leaderboard when only theirs is pending', async () => {
    const client = await connect();
    await openTournaments(client);
    await put(client, 'CSGO-public-0', USERS.map((user) => ({ user, side: user === 'flo' ? 'away' : 'home', values: [1], odd: false })));
    await client.query(`update matches set status = 'COMPLETED', winner_id = home_participant_id where id = 'CSGO-public-0'`);
    await foldAll(client);
    await put(client, 'CSGO-public-1', [{ user: 'flo', side: 'home', values: [4], odd: false }]);
    await expectEqual(client, SOME);
  });

  it('rank who is left when the first lose their lines, below zero too', async () => {
    const client = await connect();
    await openTournaments(client);
    await put(client, 'CSGO-public-0', USERS.map((user, index) => ({ user, side: 'home', values: [index < 3 ? 5 - index : -index], odd: false })));
    await foldAll(client);
    await client.query(`delete from game_stats where stats ->> 'kills' not like '-%'`);
    await expectEqual(client);
  });

  it('have all digits of what they add up', async () => {
    const client = await connect();
    await openTournaments(client);
    await put(client, 'FIFA-public-0', [{ user: 'ann', side: 'home', values: [1, 2, 1e-31], odd: false }, { user: 'bob', side: 'home', values: [1, 2, 3e-32], odd: false }]);
    await foldAll(client);
    await expectEqual(client);
  });

  it('count rows that were written to a partition by its name', async () => {
    const client = await connect();
    await openTournaments(client);
    await client.query(`insert into game_stats_csgo (user_id, game, match_id, tournament_id, participant_id, stats) values ('ann', 'CSGO', 'CSGO-public-0', 'CSGO-public', 'p-ann', '{"kills": 7}')`);
    await expectEqual(client);
    const answers = await bothWays(client, ['ann']);
    expect(answers.find(({ name }) => name === 'kda ann CSGO')?.fast).toMatchObject([{ kills: 7 }]);
  });
});
