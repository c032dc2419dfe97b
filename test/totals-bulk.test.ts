/** The fold, and those who write many lines at once: what it takes along and what it leaves, who waits for it, and that nothing is lost or deadlocks. */
import { describe, expect, it } from '@jest/globals';
import { fold as foldTotals } from '../src/modules/analytics/queries/fold-totals.js';
import { until } from './arena/until.js';
import { bothWays, fold } from './support/rankings.js';
import { ask, expectEqual, foldAll, openTournaments, ownDatabase, put, SOME, USERS } from './support/totals.js';

const connect = ownDatabase();

describe('Totals', () => {
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

  it('are written at once while an open transaction keeps every old version of the gains, and gathered again when it has ended', async () => {
    const [dump, client] = [await connect(), await connect()];
    const matchIds = await openTournaments(client);
    const gathered = async (): Promise<boolean | undefined> => {
      for (const matchId of matchIds) await put(client, matchId, USERS.map((user, index) => ({ user, side: 'home', values: [index, 2, 3], odd: false })));
      return (await fold(client, 1_000, { gatherFrom: 0, gainsBytes: 65_536 }))?.gathered;
    };
    await dump.query('begin isolation level repeatable read; select from users');
    let folds = 1;
    while (folds < 100 && (await gathered())) folds += 1;
    expect(folds).toBeLessThan(100);
    await expectEqual(client, SOME);
    expect(await gathered()).toBe(false);
    expect((await client.query<{ bytes: number }>(`select pg_relation_size('player_gains')::int as bytes`)).rows[0]?.bytes).toBeLessThan(2 * 65_536);
    await dump.query('commit');
    await client.query('vacuum player_gains');
    expect(await gathered()).toBe(true);
    await expectEqual(client, SOME);
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
    }, { batch: 1 });
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
    }, { batch: 1 });
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
