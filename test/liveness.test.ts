/** A connection whose other end has gone without a word is noticed and no longer counted. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { freeze } from './arena/frozen.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe('liveness', () => {
  let arena: Arena | undefined;
  const closers: (() => void)[] = [];
  afterEach(async () => {
    for (const closer of closers.splice(0)) closer();
    await arena?.close();
  });

  it('drops a half-open connection within interval and timeout, and its counts with it; one that answers stays', async () => {
    const [interval, timeout] = [400, 400];
    arena = await openArena({ env: { PING_INTERVAL_MS: String(interval), PING_TIMEOUT_MS: String(timeout), PRESENCE_MS: '50' } });
    const operator = await arena.rest(0, null);
    const cup = await openCup(await arena.rest(0, 'ORGANIZER'));
    const [gone, here] = await Promise.all([Spectator.connect(arena.at(0).url), Spectator.connect(arena.at(0).url)]);
    closers.push(freeze(gone), () => gone.close(), () => here.close());
    await here.join('join_tournament', cup.id);
    const begun = Date.now();
    expect((await operator.call(api.websocketStats)).totalConnections).toBe(2);
    await until(async () => (await operator.call(api.websocketStats)).totalConnections === 1, 10_000, 'the half-open socket to be dropped');
    // Half a second for timers and polling on a busy machine.
    expect(Date.now() - begun).toBeLessThan(interval + timeout + 500);
    const stats = await operator.call(api.websocketStats);
    expect(stats).toMatchObject({ totalConnections: 1, totalRooms: 1, rooms: [{ room: `tournament:${cup.id}`, connections: 1 }] });
    expect(here.socket.connected).toBe(true);
  });
});
