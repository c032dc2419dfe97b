/** A tournament's top table arrives by itself, on every instance, and only when it changed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watch } from '../src/client/index.js';
import type { LeaderboardUpdate } from '../src/contracts/analytics.js';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe('leaderboard_update', () => {
  let arena: Arena;
  const closers: (() => void)[] = [];
  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
  });
  afterAll(async () => {
    for (const closer of closers) closer();
    await arena.close();
  });

  it('reaches the tournament\'s room on every instance with the players as REST ranks them, and nobody else', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const [cup, other] = [await openCup(organizer), await openCup(organizer)];
    for (const id of ['ada', 'bea']) await organizer.call(api.createUser, { body: { id, username: id } });
    const [near, far, elsewhere] = await Promise.all([0, 1, 1].map((index) => Spectator.connect(arena.at(index).url)));
    if (!near || !far || !elsewhere) throw new Error('no spectators');
    closers.push(() => near.close(), () => far.close(), () => elsewhere.close());
    await near.join('join_tournament', cup.id);
    await far.join('join_tournament', cup.id);
    await elsewhere.join('join_tournament', other.id);
    const heard: LeaderboardUpdate[] = [];
    const watcher = watch(arena.at(1).url);
    closers.push(() => {
      watcher.close();
    });
    const handle = watcher.tournament(cup.id, { onLeaderboard: (update) => heard.push(update) });
    await until(() => handle.state === 'live', 10_000, 'the watcher to be live');

    const params = { id: cup.matchIds[0] ?? '' };
    const put = (ada: number, bea: number) =>
      organizer.call(api.putStats, { params, body: { lines: [{ userId: 'ada', participantId: 'home', stats: { kills: ada } }, { userId: 'bea', participantId: 'away', stats: { kills: bea } }] } });
    const last = (spectator: Spectator) => spectator.of('leaderboard_update').at(-1) as LeaderboardUpdate | undefined;
    const shows = (spectator: Spectator, userId: string, statValue: number) => until(() => last(spectator)?.top[0]?.userId === userId && last(spectator)?.top[0]?.statValue === statValue, 10_000, `${userId} first with ${String(statValue)}`);
    await put(3, 2);
    await Promise.all([shows(near, 'ada', 3), shows(far, 'ada', 3)]);
    await put(3, 9);
    await Promise.all([shows(near, 'bea', 9), shows(far, 'bea', 9)]);
    const ranked = await organizer.call(api.topPlayers, { query: { stat: 'kills', tournamentId: cup.id } });
    expect(last(far)?.top).toEqual(ranked.data);
    const before = near.of('leaderboard_update').length;
    await put(3, 9);
    await put(4, 9);
    await until(() => last(near)?.top[1]?.statValue === 4, 10_000, 'the next table');
    // Between the two the lines were written again and nothing changed: no table was sent for that.
    expect(near.of('leaderboard_update').length - before).toBe(1);
    await until(() => heard.at(-1)?.top[1]?.statValue === 4, 10_000, 'the watcher to hear it');
    expect(heard.map(({ version }) => version)).toEqual([...heard.map(({ version }) => version)].sort((a, b) => a - b));
    expect(elsewhere.of('leaderboard_update')).toEqual([]);
  });
});
