/** A dump restored to another server, whose transactions are numbered anew: rankings start over from the rows by themselves. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';

describe('a database restored to a server with fewer transactions behind it', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ redis: false });
  });
  afterAll(() => arena.close());

  it('counts what is written from then on', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer, { matches: 2 });
    const put = (match: number, kills: number) =>
      organizer.call(api.putStats, { params: { id: cup.matchIds[match] ?? '' }, body: { lines: [{ userId: 'ana', participantId: 'home', stats: { kills } }] } });
    const kills = async () => (await organizer.call(api.playerKda, { params: { userId: 'ana' }, query: { game: 'CSGO' } })).kills;
    await organizer.call(api.createUser, { body: { id: 'ana', username: 'ana' } });
    await put(0, 3);
    expect(await kills()).toBe(3);

    const instance = arena.at(0);
    const client = new pg.Client(arena.databaseUrl);
    await client.connect();
    const folded = async () => (await client.query<{ kills: string }>(`select kills from player_totals where game = 'CSGO' and user_id = 'ana'`)).rows.map((row) => Number(row.kills));
    await until(async () => (await folded())[0] === 3, 10_000, 'the line to be folded');
    await instance.stop();
    // What the other server counted up to lies ahead of everything here.
    await client.query(`update stat_watermark set folded = '4000000000:4000000000:'`);
    await client.query(`update game_stats set xid = '3999999999'`);
    await instance.boot();
    await until(() => instance.log.some(({ event }) => event === 'totals_rebuilt'), 10_000, 'the totals to be made anew');
    await put(1, 4);
    expect(await kills()).toBe(7);
    await until(async () => (await folded())[0] === 7, 10_000, 'both lines to be folded');
    expect(await kills()).toBe(7);
    await client.end();
  });
});
