/** Totals on a real hot standby: as exact as on the primary, at every moment of a fold that it has replayed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { fold as foldTotals } from '../src/modules/analytics/queries/fold-totals.js';
import type { Postgres } from '../src/parts/postgres.js';
import { startWithStandby, type Standby } from './arena/standby.js';
import { until } from './arena/until.js';
import { bothWays, fold, rowsOf } from './support/rankings.js';

const PLAYERS = ['ana', 'bo', 'cleo'];

describe('Totals on a standby', () => {
  const closers: (() => unknown)[] = [];
  let primary: Postgres;
  let standby: Standby;
  const SOME = /^(top kills|leaderboard) (CSGO|all) (1 )?1000000$/;
  let writer: pg.Client;
  /** Has written lines of its own when a fold begins, and not committed. */
  let patient: pg.Client;
  let folder: pg.Client;
  let reader: pg.Client;
  let count = 0;
  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client(url);
    await client.connect();
    closers.push(() => client.end());
    return client;
  };
  beforeAll(async () => {
    const started = await startWithStandby(['folds'], { fsync: 'off' });
    closers.push(() => started.stop());
    ({ primary, standby } = started);
    await standby.catchUp();
    [writer, patient, folder] = await Promise.all([1, 2, 3].map(() => connect(primary.url('folds')))) as [pg.Client, pg.Client, pg.Client];
    reader = await connect(standby.url('folds'));
    await writer.query(`insert into users (id, username, role) select id, id, 'PLAYER' from unnest($1::text[]) id`, [PLAYERS]);
  }, 120_000);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  /** A tournament with one match and its lines. */
  async function openMatch(): Promise<string> {
    const id = `cup-${String((count += 1))}`;
    await writer.query(`insert into tournaments (id, name, game, visibility, owner_id) values ($1, $1, 'CSGO', 'public', 'owner')`, [id]);
    await writer.query(`insert into participants (tournament_id, id, name, user_id) values ($1, 'home', 'Home', 'ana'), ($1, 'away', 'Away', null)`, [id]);
    await writer.query(`insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ($1, $1, 'CSGO', 'home', 'away', 'LIVE')`, [id]);
    await insert(writer, id, 'ana', 'bo');
    return id;
  }
  const insert = (client: pg.Client, id: string, ...players: string[]) =>
    client.query(`insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats) select u, 'CSGO', $1, $1, 'away', '{"kills": 7, "deaths": 1}' from unnest($2::text[]) u`, [id, players]);
  const expectEqual = async () => {
    const pairs = await bothWays(reader, PLAYERS, SOME);
    for (const { name, raw, fast } of pairs) expect({ name, rows: fast }).toEqual({ name, rows: raw });
    return pairs.map(({ raw }) => raw);
  };

  const CHANGES: Record<string, (id: string) => Promise<unknown>> = {
    'new lines': () => openMatch(),
    'the end of a transaction that was under way': () => patient.query('commit'),
    'an update': (id) => writer.query(`update game_stats set stats = '{"kills": 40}' where match_id = $1`, [id]),
    'a delete': (id) => writer.query(`delete from game_stats where match_id = $1 and user_id <> 'ana'`, [id]),
    'an end': (id) => writer.query(`update matches set status = 'COMPLETED', winner_id = 'home' where id = $1`, [id]),
    'a cancellation': (id) => writer.query(`update matches set status = 'CANCELLED' where id = $1`, [id]),
    'a private tournament': (id) => writer.query(`update tournaments set visibility = 'private' where id = $1`, [id]),
  };
  /** A fold asks six times: for its lock, up to where, for whom, how many gains there are, to fold one game, to end. */
  const STEPS = [1, 2, 3, 4, 5, 6];
  it.each(Object.keys(CHANGES))('equal the raw SQL of the same moment with %s in the middle of a fold', async (name) => {
    for (const at of STEPS) {
      const [id, other] = [await openMatch(), await openMatch()];
      await standby.catchUp();
      const before = await expectEqual();
      await patient.query('begin');
      await insert(patient, other, 'cleo');
      let step = 0;
      await folder.query('begin');
      await foldTotals(async <Row>(sql: { text: string; values: unknown[] }) => {
        const rows = (await rowsOf(folder, sql)) as Row[];
        step += 1;
        if (step === at) {
          await CHANGES[name]?.(id);
          await standby.catchUp();
          expect(await expectEqual()).not.toEqual(before);
        }
        return rows;
      }, { batch: 1_000, gatherFrom: (at + Object.keys(CHANGES).indexOf(name)) % 2 === 0 ? 0 : 1_000 });
      expect(step).toBe(STEPS.length);
      await folder.query('commit');
      await standby.catchUp();
      await expectEqual();
      await patient.query('commit');
      await standby.catchUp();
      await expectEqual();
      while ((await fold(folder))?.more) await standby.catchUp();
    }
  }, 60_000);

  it('equal the raw SQL of the same moment, again and again, while lines are written and folded', async () => {
    const work = { going: true };
    const writing = (async () => {
      while (work.going) {
        const id = await openMatch();
        for (const change of Object.values(CHANGES).filter((_, index) => (count + index) % 3 === 0)) await change(id);
      }
    })();
    const folding = (async () => {
      while (work.going) await fold(folder, 5);
    })();
    const seen = new Set<string>();
    try {
      // So many that differ: replay went on between them.
      await until(async () => seen.add(JSON.stringify(await expectEqual())).size >= 10, 30_000, 'ten different snapshots');
    } finally {
      work.going = false;
      await Promise.all([writing, folding]);
    }
    await standby.catchUp();
    await expectEqual();
  }, 60_000);
});
