/** The numbers that tell at night what ails an instance, each after the thing it is to show. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { send } from './support/wire.js';

describe('the metrics of an instance', () => {
  let arena: Arena;
  let cup: Cup;
  let database: pg.Client;
  const spectators: Spectator[] = [];
  const connect = async (token?: string): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(0).url, { token });
    spectators.push(spectator);
    return spectator;
  };
  const scrape = async (): Promise<string> => (await send(arena.at(0), 'GET', '//metrics')).text;
  /** A metric's value; `labels` as they are written, without the instance. */
  const metric = async (name: string, labels = ''): Promise<number> =>
    Number(new RegExp(`^${name}\\{${labels}${labels === '' ? '' : ','}instance_id="arena-0"\\} (\\S+)$`, 'm').exec(await scrape())?.[1]);

  beforeAll(async () => {
    arena = await openArena({ env: { HEARTBEAT_MS: '200', LOG_TAIL_MS: '50', DRAIN_MS: '6000' } });
    database = new pg.Client(arena.databaseUrl);
    await database.connect();
    cup = await openCup(await arena.rest(0, 'ORGANIZER', 'olga'), { matches: 2 });
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await database.end();
    await arena.close();
  });

  it('say how many matches are followed, and how many of the rooms are heard', async () => {
    const spectator = await connect();
    await spectator.join('join_tournament', cup.id);
    await spectator.join('join_match', cup.matchIds[0]);
    // Taken with each heartbeat, and one may come while the second room is being asked for: of the tournament both feeds are there by then.
    const taken = async () => [await metric('grandstand_match_feeds'), await metric('grandstand_watched_rooms', 'state="wanted"'), await metric('grandstand_watched_rooms', 'state="heard"')].join();
    await until(async () => (await taken()) === '2,2,2', 5_000, 'two feeds, and two rooms that are heard');
    expect(await metric('grandstand_slow_readers')).toBe(0);
  });

  it('tell a request of five seconds from one of ten', async () => {
    expect(await scrape()).toMatch(/grandstand_http_request_seconds_bucket\{le="10",/);
  });

  it('count who was shown out and whose token ended', async () => {
    const stranger = await connect();
    await stranger.join('join_tournament', cup.id);
    await connect(await arena.token('PLAYER', 'paula', { expiresInS: 2 }));
    await until(async () => (await metric('grandstand_sockets_ended_total', 'why="lapsed"')) === 1, 10_000, 'the token to end');
    await (await arena.rest(0, 'ORGANIZER', 'olga')).call(api.changeTournament, { params: { id: cup.id }, body: { visibility: 'private' } });
    // The stranger from one room, the first spectator from two.
    await until(async () => (await metric('grandstand_evictions_total')) === 3, 5_000, 'both to be shown out');
  });

  it('time a look at the log that fails, too, and the log says when one works again', async () => {
    const owner = await connect(await arena.token('ORGANIZER', 'olga'));
    await owner.join('join_tournament', cup.id);
    await database.query('alter table matches rename to matches_elsewhere');
    try {
      await until(() => arena.at(0).log.some(({ event }) => event === 'log_tail_failed'), 10_000, 'a look to fail');
      const before = await metric('grandstand_log_tail_seconds_count');
      await until(async () => (await metric('grandstand_log_tail_seconds_count')) >= before + 3, 5_000, 'failed looks to be timed');
    } finally {
      await database.query('alter table matches_elsewhere rename to matches');
    }
    await until(() => arena.at(0).log.some(({ event }) => event === 'log_tail_back'), 5_000, 'the log to say that it is over');
  });

  it('count the sockets that a drain ends while it goes on', async () => {
    arena.at(0).signal('SIGTERM');
    await until(async () => (await metric('grandstand_sockets_ended_total', 'why="drained"')) >= 1, 10_000, 'a socket to be ended');
    for (const spectator of spectators) spectator.close();
    await arena.at(0).exited();
  });
});
