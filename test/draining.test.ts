/** SIGTERM: an instance leaves without being noticed. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { Draining } from '../src/contracts/socket.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe('draining', () => {
  let arena: Arena | undefined;
  afterEach(async () => {
    await arena?.close();
  });

  it('tells each socket its slot, is not ready, takes no new socket, still answers requests, and ends', async () => {
    arena = await openArena({ env: { DRAIN_MS: '3000' } });
    const instance = arena.at(0);
    const spectators = await Promise.all(Array.from({ length: 10 }, () => Spectator.connect(instance.url)));
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const id = cup.matchIds[0] ?? '';
    for (const spectator of spectators) await spectator.join('join_match', id);

    instance.signal('SIGTERM');
    await until(() => spectators.every((spectator) => spectator.of('draining').length === 1), 2_000, 'draining');
    const slots = spectators.map((spectator) => (spectator.of('draining')[0] as Draining).reconnectInMs);
    expect(new Set(slots).size).toBe(10);
    expect(Math.max(...slots)).toBeLessThanOrEqual(3_000);
    expect((await fetch(`${instance.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${instance.url}/health/live`)).status).toBe(200);
    await expect(Spectator.connect(instance.url)).rejects.toThrow();
    const posted = await organizer.call(api.postScore, { params: { id }, body: { homeScore: 1, awayScore: 0 } });
    await spectators[9]?.reached(id, posted.seq);

    const exit = await instance.exited();
    expect(exit).toMatchObject({ code: 0 });
    expect(spectators.every((spectator) => !spectator.socket.connected)).toBe(true);
    for (const spectator of spectators) spectator.close();
  });

  it('ends at once when it is told twice', async () => {
    arena = await openArena({ env: { DRAIN_MS: '60000' } });
    const spectator = await Spectator.connect(arena.at(0).url);
    arena.at(0).signal('SIGTERM');
    await until(() => spectator.of('draining').length === 1, 5_000, 'draining');
    const told = Date.now();
    arena.at(0).signal('SIGTERM');
    await arena.at(0).exited();
    expect(Date.now() - told).toBeLessThan(2_000);
    spectator.close();
  });

  it('ends within a second when nobody is connected', async () => {
    arena = await openArena();
    const told = Date.now();
    arena.at(0).signal('SIGINT');
    expect(await arena.at(0).exited()).toMatchObject({ code: 0 });
    expect(Date.now() - told).toBeLessThan(2_000);
  });
});
