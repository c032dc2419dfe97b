/** Rankings that are read from the lines: few at a time, one for all who ask the same, and never in the way of those that the totals answer. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { LineSearch } from '../src/modules/analytics/analytics.repository.js';
import { searchStatsSql, WALKS } from '../src/modules/analytics/queries/search-stats.js';
import { api } from '../src/contracts/api.js';
import type { Game } from '../src/contracts/games/index.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { until } from './arena/until.js';
import { rankingsOn, rowsOf } from './support/rankings.js';

let arena: Arena;
let cup: Cup;
const clients: pg.Client[] = [];
let observer: pg.Client;
let holder: pg.Client;

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(arena.databaseUrl);
  await client.connect();
  clients.push(client);
  return client;
}
const ask = (query: string) => fetch(`${arena.at(0).url}/api/v1/analytics/${query}`, { signal: AbortSignal.timeout(8_000) });
const FAST = 'top-players?stat=kills&game=CSGO';
const RAW = 'top-players?stat=kills&from=2020-01-01T00:00:00Z';
/** Raw rankings that PostgreSQL has begun and that wait for the tournaments, which the totals' rankings do not read. */
const held = async (): Promise<number[]> =>
  (await observer.query<{ pid: number }>(`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%from game_stats g%'`)).rows.map(({ pid }) => pid);

beforeAll(async () => {
  arena = await openArena({ env: { RATE_READ_PER_10S: '1000000' } });
  [observer, holder] = [await connect(), await connect()];
  const organizer = await arena.rest(0, 'ORGANIZER');
  for (const id of ['ana', 'bo']) await organizer.call(api.createUser, { body: { id, username: id } });
  cup = await openCup(organizer);
  await organizer.call(api.putStats, { params: { id: cup.matchIds[0] ?? '' }, body: { lines: [{ userId: 'ana', participantId: 'home', stats: { kills: 7 } }, { userId: 'bo', participantId: 'away', stats: { kills: 5, weapon: 'AWP' } }] } });
  await until(async () => (await observer.query(`select from player_totals where game = 'CSGO' and kills_lines > 0`)).rowCount === 2, 5_000, 'the lines to be folded');
  for (const query of [FAST, RAW]) expect((await ask(query)).status).toBe(200);
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await arena.close();
});

describe('Rankings from the lines', () => {
  it('are read once for eight who ask the same, two at a time, and leave the totals\' rankings their connections', async () => {
    await holder.query('begin; lock table tournaments in access exclusive mode');
    const same = Array.from({ length: 8 }, () => ask(RAW));
    await until(async () => (await held()).length > 0, 5_000, 'a ranking that waits for the tournaments');
    expect((await ask(FAST)).status).toBe(200);
    expect(await held()).toHaveLength(1);
    const others = ['deaths', 'goals', 'gold', 'cs', 'assists', 'passes'].map((stat) => ask(RAW.replace('kills', stat)));
    others.push(ask('leaderboard?from=2020-01-01T00:00:00Z'));
    await until(async () => (await held()).length > 1, 5_000, 'another one');
    for (let again = 0; again < 3; again += 1) expect((await ask(FAST)).status).toBe(200);
    expect(await held()).toHaveLength(2);
    await holder.query('commit');
    const answers = await Promise.all((await Promise.all(same)).map(async (answer) => [answer.status, await answer.text()]));
    expect(answers[0]).toEqual([200, expect.stringContaining('ana')]);
    expect(new Set(answers.map(String)).size).toBe(1);
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
  }, 30_000);

  it('say how to ask for less where the database gave them up, not that it is away', async () => {
    await holder.query('begin; lock table tournaments in access exclusive mode');
    const asked = ask(RAW);
    await until(async () => (await held()).length > 0, 5_000, 'a ranking that waits for the tournaments');
    // As its own `statement_timeout` would after ten seconds.
    for (const pid of await held()) await observer.query('select pg_cancel_backend($1)', [pid]);
    const answer = await asked;
    await holder.query('commit');
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([503, '5', expect.objectContaining({ code: 'UNAVAILABLE', detail: expect.stringContaining('narrow it down by game, tournament or date') })]);
    expect((await ask(RAW)).status).toBe(200);
  }, 30_000);

  it.each<[string, Partial<LineSearch> & { game: Game }, number]>([
    ['one of several keys that the game declares', { game: 'CSGO', hasAny: ['champion', 'kills'] }, 1],
    ['one of several keys that it does not', { game: 'CSGO', hasAny: ['champion', 'goals'] }, 0],
    ['a key that it does not', { game: 'CSGO', hasKey: 'champion' }, 0],
    ['one of several keys, and one that it does not', { game: 'CSGO', hasKey: 'champion', hasAny: ['kills'] }, 0],
  ])('walk along the key for %s only if lines can be there', async (_, search, walks) => {
    await observer.query(`update game_stats set stats = stats || '{"champion": "Yasuo"}' where user_id = 'bo'`);
    const { rankings, asked } = rankingsOn(observer);
    const whole = { limit: 1, after: null, ...search };
    const found = await rankings.search(whole);
    expect(found.value).toEqual(await rowsOf(observer, searchStatsSql(whole)));
    expect(found.value.length).toBeGreaterThan(0);
    expect(asked.filter((values) => values.includes(WALKS[0]))).toHaveLength(walks);
  });
});
