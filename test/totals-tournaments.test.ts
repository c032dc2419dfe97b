/** A tournament's journal as a whole: the rows that its matches leave one by one, in a tournament of every kind of match and line. */
import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { expectEqual, foldAll, openTournaments, ownDatabase, put, USERS } from './support/totals.js';

const connect = ownDatabase();

const JOURNAL = 'select xid::text, user_id, game, tournament_id, lines, stats, played, wins from stat_deltas order by xid, user_id, game, tournament_id, lines, stats::text, played, wins';
const OF_EACH_MATCH = 'select stat_journal_match(m, $2, $3) from matches m where m.tournament_id = any($1)';
const OF_ALL = 'select stat_journal_tournaments($1, $2, $3)';

/** Every status, with either winner and none; teams, users, one user on both sides; lines of sides, of others, and for either of them. */
async function mix(client: pg.Client): Promise<void> {
  await openTournaments(client);
  const kinds = ['SCHEDULED', 'LIVE', 'CANCELLED', 'COMPLETED'].flatMap((status) => ['null', 'home_participant_id', 'away_participant_id'].map((winner) => ({ status, winner })));
  for (const [index, { status, winner }] of kinds.entries()) {
    await client.query(
      `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status)
       select m.id || '-${String(index)}', m.tournament_id, m.game, m.home_participant_id, m.away_participant_id, 'LIVE' from matches m where m.id ~ '^CSGO-(public|private)-[0-9]$'`,
    );
    await client.query(`update matches set status = '${status}', winner_id = ${winner} where id ~ '^CSGO-(public|private)-[0-9]-${String(index)}$'`);
  }
}

async function linesFor(client: pg.Client, users: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>('select id from matches order by id');
  for (const { id } of rows) await put(client, id, users.map((user, index) => ({ user, side: index % 2 === 0 ? 'home' : 'away', values: [index + 1, 2], odd: index === 1 })));
}

/** What is journaled, in the transaction that the client is in, and taken back. */
async function journalOf(client: pg.Client, sql: string, sign: number, recordOnly: boolean): Promise<unknown[]> {
  await client.query('savepoint before');
  await client.query('delete from stat_deltas');
  await client.query(sql, [['CSGO-public', 'CSGO-private', 'LOL-public'], sign, recordOnly]);
  const { rows } = await client.query<Record<string, unknown>>(JOURNAL);
  await client.query('rollback to savepoint before');
  return rows;
}

describe('The journal of whole tournaments', () => {
  it('is that of their matches, row by row, whatever is folded, unfolded, under way or their own', async () => {
    const [client, patient] = [await connect(), await connect()];
    await mix(client);
    await linesFor(client, ['ann', 'bob']);
    // Folded, but for one transaction that is open meanwhile and ends after it.
    await patient.query('begin');
    await put(patient, 'CSGO-public-0', [{ user: 'eve', side: 'home', values: [9], odd: false }]);
    await foldAll(client);
    await patient.query('commit');
    await linesFor(client, ['cyd', 'dee']);
    await client.query('begin');
    await linesFor(client, ['flo']);
    for (const sign of [1, -1]) {
      for (const recordOnly of [false, true]) {
        const expected = await journalOf(client, OF_EACH_MATCH, sign, recordOnly);
        expect(expected.length).toBeGreaterThan(50);
        expect(await journalOf(client, OF_ALL, sign, recordOnly)).toEqual(expected);
      }
    }
    const whole = await journalOf(client, OF_ALL, 1, false) as { xid: string; lines: number }[];
    // What is compared holds all kinds: lines at their own xid and at the change's, and records without lines.
    expect([...new Set(whole.map(({ lines }) => lines))].sort()).toEqual([-1, 0, 1]);
    expect(new Set(whole.map(({ xid }) => xid)).size).toBeGreaterThan(2);
    await client.query('rollback');
  });

  it('keeps the rankings exact when a tournament of every kind of match goes and comes back, and is rebuilt', async () => {
    const client = await connect();
    await mix(client);
    await linesFor(client, USERS);
    for (const sql of [`update tournaments set visibility = 'private' where id = 'CSGO-public'`, `update tournaments set visibility = 'public' where game = 'CSGO'`, 'select stat_totals_rebuild()']) {
      await client.query(sql);
      await expectEqual(client, /^(top kills|leaderboard) (CSGO|all) /);
      await foldAll(client);
      await expectEqual(client, /^(top kills|leaderboard) (CSGO|all) /);
    }
  }, 30_000);

  it('asks for no match by itself when a visibility changes or all is rebuilt', async () => {
    const client = await connect();
    await openTournaments(client);
    await client.query(`create or replace function stat_journal_match(m matches, sign int, record_only boolean) returns void language plpgsql as $$ begin raise exception 'match % by itself', m.id; end $$`);
    await client.query(`update tournaments set visibility = 'private' where id = 'CSGO-public'`);
    await client.query('select stat_totals_rebuild()');
  });
});
