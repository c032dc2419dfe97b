/** Totals without a server: tournaments of every game on a database of the test's own, lines for them, and every ranking both ways. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../arena/database.js';
import { until } from '../arena/until.js';
import { bothWays, fold } from './rankings.js';

export const USERS = ['ann', 'bob', 'cyd', 'dee', 'eve', 'flo'];
export const GAMES = ['CSGO', 'FIFA', 'LOL'] as const;
export const MATCHES_PER_TOURNAMENT = 4;
const STATS: Record<string, string[]> = { CSGO: ['kills', 'deaths', 'assists', 'mvpStars'], FIFA: ['goals', 'assists', 'passAccuracy'], LOL: ['kills', 'deaths', 'gold'] };
/** All but the rankings of stats that no line of these tests holds. */
export const HELD = new RegExp(`^(?!top (?!(${[...new Set(Object.values(STATS).flat())].join('|')}) ))`);
/** What a change of kills or of the record shows in. */
export const SOME = /^(top kills|leaderboard) (CSGO|all) (1 )?1000000$/;

/** One for the whole file; what it answers connects to it, until the file ends. */
export function ownDatabase(): () => Promise<pg.Client> {
  let database: TestDatabase;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  });
  return async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    clients.push(client);
    return client;
  };
}

/** Emptied as a replica would, without a trigger: a truncate makes every file of every partition and index anew, and every plan. */
const EMPTY = `begin; set local session_replication_role = 'replica'; ${['game_stats', 'match_events', 'matches', 'participants', 'tournaments', 'users', 'player_totals', 'player_gains', 'stat_deltas'].map((table) => `delete from ${table}`).join('; ')}; commit`;
const SIDES = [['p-ann', 'p-bob'], ['team', 'p-ann'], ['p-bob', 'p-bob-2'], ['p-bob', 'team']];

/** Two tournaments a game, one of them private; matches between participants that are users, one the same on both sides, and teams. */
export async function openTournaments(client: pg.Client): Promise<string[]> {
  await client.query(EMPTY);
  await client.query(`insert into users (id, username, role) select id, 'The ' || id, 'PLAYER' from unnest($1::text[]) id`, [USERS]);
  const tournaments = GAMES.flatMap((game) => ['public', 'private'].map((visibility) => ({ id: `${game}-${visibility}`, game, visibility })));
  const matches = tournaments.flatMap(({ id, game }) => SIDES.slice(0, MATCHES_PER_TOURNAMENT).map(([home, away], index) => ({ id: `${id}-${String(index)}`, tournament: id, game, home, away })));
  await client.query(`insert into tournaments (id, name, game, visibility, owner_id) select id, id, game, visibility, 'owner' from jsonb_to_recordset($1::jsonb) as t (id text, game text, visibility text)`, [JSON.stringify(tournaments)]);
  await client.query(
    `insert into participants (tournament_id, id, name, user_id)
     select t.id, p.* from tournaments t, (values ('p-ann', 'Ann', 'ann'), ('p-bob', 'Bob', 'bob'), ('p-bob-2', 'Bob again', 'bob'), ('team', 'Team', null)) p`,
  );
  await client.query(
    `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status)
     select id, tournament, game, home, away, 'LIVE' from jsonb_to_recordset($1::jsonb) as m (id text, tournament text, game text, home text, away text)`,
    [JSON.stringify(matches)],
  );
  return matches.map(({ id }) => id);
}

export async function put(client: pg.Client, matchId: string, lines: readonly { user: string; side: string; values: number[]; odd: boolean }[]): Promise<void> {
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

/** Whatever is left, and then no delta remains. */
export async function foldAll(client: pg.Client): Promise<void> {
  for (;;) {
    const done = await fold(client);
    if (done && !done.more) break;
  }
  expect((await client.query('select 1 from stat_deltas')).rowCount).toBe(0);
}

/** Asks, and returns when the answer is there or waits for somebody's lock; `done` is the answer. */
export async function ask(client: pg.Client, observer: pg.Client, sql: string): Promise<{ done: Promise<unknown> }> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  let answered = false;
  const done = client.query(sql).finally(() => (answered = true));
  await until(async () => answered || (await observer.query(`select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`, [rows[0]?.pid])).rowCount === 1, 5_000, `${sql} to be answered or to wait`);
  return { done };
}

export async function expectEqual(client: pg.Client, only?: RegExp): Promise<void> {
  for (const { name, raw, fast } of await bothWays(client, USERS, only)) expect({ name, rows: fast }).toEqual({ name, rows: raw });
}
