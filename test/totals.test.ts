/**
 * Totals that are always right: whatever is written, by whoever, in whatever order, every fast ranking equals the raw one
 * over the same rows, at the end and in the middle, folded or not.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { fold as foldTotals } from '../src/modules/analytics/queries/fold-totals.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { until } from './arena/until.js';
import { bothWays, fold } from './support/rankings.js';

const USERS = ['ann', 'bob', 'cyd', 'dee', 'eve', 'flo'];
const WRITERS = 4;
const GAMES = ['CSGO', 'FIFA', 'LOL'] as const;
const STATS: Record<string, string[]> = { CSGO: ['kills', 'deaths', 'assists', 'mvpStars'], FIFA: ['goals', 'assists', 'passAccuracy'], LOL: ['kills', 'deaths', 'gold'] };
const MATCHES_PER_TOURNAMENT = 4;

let database: TestDatabase;
const clients: pg.Client[] = [];
async function connect(): Promise<pg.Client> {
  const client = new pg.Client(database.url);
  await client.connect();
  clients.push(client);
  return client;
}

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await database.drop();
});

/** Two tournaments a game, one of them private; matches between participants that are users, one the same on both sides, and teams. */
async function openTournaments(client: pg.Client): Promise<string[]> {
  await client.query('truncate game_stats, match_events, matches, participants, tournaments, users, player_totals, stat_deltas cascade');
  await client.query(`insert into users (id, username, role) select id, 'The ' || id, 'PLAYER' from unnest($1::text[]) id`, [USERS]);
  const matchIds: string[] = [];
  for (const game of GAMES) {
    for (const visibility of ['public', 'private']) {
      const id = `${game}-${visibility}`;
      await client.query(`insert into tournaments (id, name, game, visibility, owner_id) values ($1, $1, $2, $3, 'owner')`, [id, game, visibility]);
      await client.query(`insert into participants (tournament_id, id, name, user_id) values ($1, 'p-ann', 'Ann', 'ann'), ($1, 'p-bob', 'Bob', 'bob'), ($1, 'p-bob-2', 'Bob again', 'bob'), ($1, 'team', 'Team', null)`, [id]);
      const sides = [['p-ann', 'p-bob'], ['team', 'p-ann'], ['p-bob', 'p-bob-2'], ['p-bob', 'team']];
      for (let index = 0; index < MATCHES_PER_TOURNAMENT; index += 1) {
        const matchId = `${id}-${String(index)}`;
        await client.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ($1, $2, $3, $4, $5, 'LIVE')`, [matchId, id, game, sides[index]?.[0], sides[index]?.[1]]);
        matchIds.push(matchId);
      }
    }
  }
  return matchIds;
}

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
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fold' as const), batch: fc.constantFrom(1, 3, 1000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function put(client: pg.Client, matchId: string, lines: readonly { user: string; side: string; values: number[]; odd: boolean }[]): Promise<void> {
  const [game = ''] = matchId.split('-');
  const keys = STATS[game] ?? [];
  const unique = [...new Map(lines.map((each) => [each.user, each])).values()];
  const rows = unique.map(({ user, side, values, odd }) => ({ user, side, stats: { ...Object.fromEntries(values.map((value, index) => [keys[index % keys.length], value])), ...(odd ? { deaths: 'seven', weapon: 'AWP' } : {}) } }));
  await client.query(
    `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
     select line.user, $1, m.id, m.tournament_id, case line.side when 'home' then m.home_participant_id else m.away_participant_id end, line.stats
     from jsonb_to_recordset($3::jsonb) as line ("user" text, side text, stats jsonb), matches m where m.id = $2 order by line.user
     on conflict (user_id, game, match_id) do update set stats = excluded.stats, participant_id = excluded.participant_id`,
    [game, matchId, JSON.stringify(rows)],
  );
}

const winnerOf = (winner: string | null) => (winner === null ? 'null' : `${winner}_participant_id`);

/**
 * As the application does it: whoever writes to a match holds it, a transaction each. `interrupt` is called when all is
 * written and nothing committed.
 */
async function take(client: pg.Client, matchIds: readonly string[], step: Step, interrupt?: () => Promise<unknown>): Promise<void> {
  if (step.kind === 'fold') {
    await fold(client, step.batch);
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

/** Whatever is left, and then no delta remains. */
async function foldAll(client: pg.Client): Promise<void> {
  for (;;) {
    const done = await fold(client);
    if (done && !done.more) break;
  }
  expect((await client.query('select 1 from stat_deltas')).rowCount).toBe(0);
}

/** Asks, and returns when the answer is there or waits for somebody's lock; `done` is the answer. */
async function ask(client: pg.Client, observer: pg.Client, sql: string): Promise<{ done: Promise<unknown> }> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  let answered = false;
  const done = client.query(sql).finally(() => (answered = true));
  await until(async () => answered || (await observer.query(`select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`, [rows[0]?.pid])).rowCount === 1, 5_000, `${sql} to be answered or to wait`);
  return { done };
}

async function expectEqual(client: pg.Client, only?: RegExp): Promise<void> {
  for (const { name, raw, fast } of await bothWays(client, USERS, only)) expect({ name, rows: fast }).toEqual({ name, rows: raw });
}

describe('Totals', () => {
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
              for (const [place, each] of script.entries()) await take(client, matchIds, each, (turn + place) % 2 === 0 ? () => fold(helper, 3) : undefined);
            }
          }),
        );
        const folded = (async () => {
          while (work.writing) await fold(folder, 5);
        })();
        try {
          for (let snapshot = 0; snapshot < 2; snapshot += 1) await expectEqual(reader);
        } finally {
          work.writing = false;
          await Promise.allSettled([written, folded]);
        }
        await Promise.all([written, folded]);
        await expectEqual(reader);
        await foldAll(folder);
        await expectEqual(reader);
      }),
      { numRuns: Number(process.env['TOTALS_RUNS'] ?? 10), seed: 4, endOnFailure: true },
    );
  }, 300_000);

  /** What a change of kills or of the record shows in. */
  const SOME = /^(top kills|leaderboard) (CSGO|all) (1 )?1000000$/;
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
    await expectEqual(observer);
    await changer.query('commit');
    await expectEqual(observer);
    await foldAll(observer);
    await expectEqual(observer);
  });

  it('fold what was written beside a transaction that stays open, and that one when it ends', async () => {
    const [patient, writer, reader] = [await connect(), await connect(), await connect()];
    const [first = '', second = ''] = await openTournaments(reader);
    await foldAll(reader);
    await patient.query('begin');
    await put(patient, first, [{ user: 'ann', side: 'home', values: [7], odd: false }]);
    await put(writer, second, [{ user: 'ann', side: 'home', values: [5], odd: false }]);
    await foldAll(reader);
    expect((await reader.query(`select kills from player_totals where game = 'CSGO' and user_id = 'ann'`)).rows.map(({ kills }) => Number(kills))).toEqual([5]);
    await patient.query('commit');
    await expectEqual(reader);
    await foldAll(reader);
    await expectEqual(reader);
    expect((await reader.query(`select kills from player_totals where game = 'CSGO' and user_id = 'ann'`)).rows.map(({ kills }) => Number(kills))).toEqual([12]);
  });

  it('answer alone while they hold all there is of a game, also what a transaction wrote that was open during a fold', async () => {
    const [patient, writer, reader] = [await connect(), await connect(), await connect()];
    const matchIds = await openTournaments(reader);
    const [csgo = '', other = ''] = matchIds.filter((id) => id.startsWith('CSGO-public'));
    const lol = matchIds.find((id) => id.startsWith('LOL-public')) ?? '';
    const ann = [{ user: 'ann', side: 'home', values: [7], odd: false }];
    const answering = async (): Promise<string[]> => (await bothWays(reader, ['ann'], /^(kda ann|top kills|leaderboard) (CSGO|LOL|all)( 1)?( 3)?$/)).flatMap(({ name }) => /^(.*) folded$/.exec(name)?.[1] ?? []);
    const OF_CSGO = ['top kills CSGO 3', 'leaderboard CSGO 1 3', 'kda ann CSGO'];
    await patient.query('begin');
    await put(patient, csgo, ann);
    for (const matchId of [other, lol]) await put(writer, matchId, ann);
    await writer.query(`update matches set status = 'COMPLETED', winner_id = home_participant_id where id in ($1, $2)`, [other, lol]);
    expect(await answering()).toEqual([]);
    await foldAll(reader);
    expect(await answering()).toEqual(expect.arrayContaining([...OF_CSGO, 'top kills LOL 3', 'kda ann all']));
    await writer.query(`update game_stats set stats = '{"kills": 8}' where match_id = $1`, [lol]);
    expect(await answering()).toEqual(OF_CSGO);
    await patient.query('commit');
    expect(await answering()).toEqual([]);
    await foldAll(reader);
    expect(await answering()).toEqual(expect.arrayContaining([...OF_CSGO, 'top kills LOL 3', 'kda ann all']));
    await expectEqual(reader);
  });

  it('are as exact after a rebuild, and after a truncate', async () => {
    const [client, folder] = [await connect(), await connect()];
    const matchIds = await openTournaments(client);
    for (const matchId of matchIds) await put(client, matchId, USERS.map((user, index) => ({ user, side: 'home', values: [index, 2, 3], odd: false })));
    await client.query(`update matches set status = 'COMPLETED', winner_id = home_participant_id`);
    await fold(folder);
    // As a dump leaves them that was taken on an older server.
    await client.query(`update game_stats set xid = '4000000000' where user_id = 'bob'`);
    await client.query('select stat_totals_rebuild()');
    await expectEqual(client);
    await fold(folder);
    expect((await client.query(`select sum(lines) as lines from player_totals where game = 'CSGO' and user_id = 'bob'`)).rows[0]).toEqual({ lines: '4' });
    await expectEqual(client);
    await client.query('truncate game_stats');
    await expectEqual(client);
    expect((await client.query(`select sum(played) as played from player_totals`)).rows[0]).toEqual({ played: null });
  });

  it('count rows that were written to a partition by its name', async () => {
    const client = await connect();
    await openTournaments(client);
    await client.query(`insert into game_stats_csgo (user_id, game, match_id, tournament_id, participant_id, stats) values ('ann', 'CSGO', 'CSGO-public-0', 'CSGO-public', 'p-ann', '{"kills": 7}')`);
    await expectEqual(client);
    const answers = await bothWays(client, ['ann']);
    expect(answers.find(({ name }) => name === 'kda ann CSGO')?.fast).toMatchObject([{ kills: 7 }]);
  });

  it.each(['game_stats', 'game_stats_csgo'])('are waited for by those who write many lines to %s at once, while more is written than is folded, and by nobody else', async (table) => {
    const [folder, bulk, organizer, observer] = [await connect(), await connect(), await connect(), await connect()];
    const [first = '', second = '', third = ''] = await openTournaments(observer);
    const many = Array.from({ length: 100 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
    await observer.query(`insert into users (id, username, role) select id, id, 'PLAYER' from unnest($1::text[]) id`, [many]);
    for (const matchId of [first, second]) await put(observer, matchId, [{ user: 'ann', side: 'home', values: [7], odd: false }]);
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let holds = false;
    await folder.query('begin');
    const folded = foldTotals(async <Row>(sql: { text: string; values: unknown[] }) => {
      const { rows } = await folder.query(sql.text, sql.values);
      if (sql.text.includes('totals are behind')) {
        holds = true;
        await held;
      }
      return rows as Row[];
    }, 1);
    await until(() => holds, 5_000, 'the fold to hold the writers');
    const { done } = await ask(bulk, observer, `insert into ${table} (user_id, game, match_id, tournament_id, participant_id, stats) select id, 'CSGO', '${third}', 'CSGO-public', 'p-ann', '{"kills": 1}' from unnest('{${many.join(',')}}'::text[]) id`);
    await put(organizer, second, [{ user: 'bob', side: 'away', values: [3], odd: false }]);
    await expectEqual(observer, SOME);
    expect((await observer.query(`select 1 from game_stats where match_id = $1`, [third])).rowCount).toBe(0);
    goOn();
    expect(await folded).toMatchObject({ more: true });
    await folder.query('commit');
    await done;
    await foldAll(folder);
    await expectEqual(observer, SOME);
    expect((await observer.query(`select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`)).rowCount).toBe(0);
  });

  it('are exact after a transaction of more lines than one statement folds, some with a stat of another game', async () => {
    const [client, folder] = [await connect(), await connect()];
    await openTournaments(client);
    await client.query(`insert into users (id, username, role) select 'big-' || n, 'big-' || n, 'PLAYER' from generate_series(1, 500) n`);
    await client.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) select 'big-' || n, 'CSGO-public', 'CSGO', 'p-ann', 'p-bob', 'LIVE' from generate_series(1, 202) n`);
    await client.query(
      `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
       select 'big-' || p, 'CSGO', 'big-' || m, 'CSGO-public', 'p-ann', jsonb_build_object('kills', (p * m) % 31, 'deaths', p % 7) || case when p = 500 then '{"goals": 2}'::jsonb else '{}' end
       from generate_series(1, 500) p, generate_series(1, 202) m order by p`,
    );
    const statements: string[] = [];
    await folder.query('begin');
    await foldTotals(async <Row>(sql: { text: string; values: unknown[] }) => {
      statements.push(sql.text);
      return (await folder.query(sql.text, sql.values)).rows as Row[];
    }, 1);
    await folder.query('commit');
    expect(statements.filter((text) => text.includes('insert into player_totals'))).toHaveLength(2);
    expect((await client.query(`select sum(lines)::int as lines, sum(goals)::int as goals from player_totals where game = 'CSGO'`)).rows).toEqual([{ lines: 101_000, goals: 404 }]);
    await expectEqual(client, /^(top (kills|goals) (CSGO|all)|leaderboard CSGO 1 )/);
  }, 60_000);

  it('lose nothing and deadlock nowhere with 32 writers, 20 hot players and several statements a transaction', async () => {
    const setup = await connect();
    await openTournaments(setup);
    const hot = Array.from({ length: 20 }, (_, index) => `hot-${String(index).padStart(2, '0')}`);
    await setup.query(`insert into users (id, username, role) select id, id, 'PLAYER' from unnest($1::text[]) id`, [hot]);
    const WRITES = 32;
    const ROUNDS = 12;
    await setup.query(
      `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status)
       select 'w' || w || '-' || r || '-' || s, 'CSGO-public', 'CSGO', 'p-ann', 'p-bob', 'LIVE' from generate_series(0, 31) w, generate_series(0, $1::int - 1) r, generate_series(0, 2) s`,
      [ROUNDS],
    );
    const folder = await connect();
    const work = { writing: true };
    const folding = (async () => {
      while (work.writing) await fold(folder, 500);
    })();
    const writers = await Promise.all(Array.from({ length: WRITES }, connect));
    // The same players in every statement, each writer in another order: what deadlocks totals that are updated in place.
    await Promise.all(
      writers.map(async (client, writer) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await client.query('begin');
          for (let statement = 0; statement < 3; statement += 1) {
            const order = hot.map((_, index) => hot[(index * 7 + writer * 3 + statement * 5) % hot.length]);
            await client.query(
              `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
               select id, 'CSGO', $1, 'CSGO-public', 'p-ann', '{"kills": 1, "deaths": 2}' from unnest($2::text[]) with ordinality as each (id, place) order by place`,
              [`w${String(writer)}-${String(round)}-${String(statement)}`, order],
            );
          }
          await client.query('commit');
        }
      }),
    );
    work.writing = false;
    await folding;
    const expected = WRITES * ROUNDS * 3;
    const top = (await bothWays(setup, hot.slice(0, 2))).find(({ name }) => name === 'top kills CSGO 1000000');
    expect(top?.fast).toEqual(top?.raw);
    expect(top?.fast).toHaveLength(hot.length);
    expect(top?.fast.every((row) => row['stat_value'] === expected && row['total_matches'] === expected)).toBe(true);
  }, 120_000);
});
