/** The time of day is set back by half an hour under a running instance: whatever lasts or waits goes on as if nothing had been. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const QUOTA = 20;

describe('an instance whose clock is set back', () => {
  let arena: Arena;
  const spectators: Spectator[] = [];
  const connect = async (index: number): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(index).url);
    spectators.push(spectator);
    return spectator;
  };
  beforeAll(async () => {
    const preload = new URL('./support/set-clock-back.mjs', import.meta.url).href;
    arena = await openArena({ instances: 2, env: { NODE_OPTIONS: `--import=${preload}`, RATE_SOCKET_PER_10S: String(QUOTA), PRESENCE_MS: '200', HEARTBEAT_MS: '300' } });
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  it('lets a socket go on asking, counts who comes, and names what moves', async () => {
    const organizer = await arena.rest(1, 'ORGANIZER');
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0]!;
    const near = await connect(0);
    await near.join('join_match', matchId);
    const watched = async (): Promise<number> => (await (await arena.rest(0, null)).call(api.websocketStats, {})).totalConnections;
    expect(await watched()).toBe(1);

    arena.at(0).signal('SIGUSR2');
    await until(() => arena.at(0).log.some(({ event }) => event === 'clock_set_back'), 5_000, 'the clock to be set back');

    let asked = 0;
    let wait: unknown;
    while (wait === undefined && asked < 3 * QUOTA) {
      asked += 1;
      const answer = await near.ask('leave_tournament', cup.id);
      if (!answer.ok) wait = (answer.error.details as { retryAfter: number }).retryAfter;
    }
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10);

    await connect(1);
    await until(async () => (await watched()) === 2, 5_000, 'the far socket to be counted');
    const { seq } = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    await until(() => near.of('heartbeat').some((digest) => (digest as Record<string, number>)[matchId] === seq), 5_000, 'the digest after it');
  });
});
