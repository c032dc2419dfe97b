/** A database that is restored, or replaced by a standby that lagged, under running instances: what was shown and is not true any more is taken back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { watch, type Resync } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe('a database that goes back', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
  });
  const closers: (() => unknown)[] = [];
  afterAll(async () => {
    for (const closer of closers) closer();
    await arena.close();
  });

  it('takes those who saw more along, on every instance, and nobody else', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const [cup, elsewhere] = [await openCup(organizer), await openCup(organizer)];
    const id = cup.matchIds[0] ?? '';
    const post = (homeScore: number) => organizer.call(api.postScore, { params: { id }, body: { homeScore, awayScore: 0 } });
    const [ofMatch, ofTournament, bystander] = await Promise.all([0, 1, 1].map((index) => Spectator.connect(arena.at(index).url)));
    for (const spectator of [ofMatch, ofTournament, bystander]) closers.push(() => spectator!.close());
    await ofMatch!.join('join_match', id);
    await ofTournament!.join('join_tournament', cup.id);
    await bystander!.join('join_tournament', elsewhere.id);
    const resyncs: Resync[] = [];
    const watcher = watch(arena.at(1).url);
    closers.push(() => watcher.close());
    const watched = watcher.tournament(cup.id, { onResync: (resync) => resyncs.push(resync) });
    for (let score = 1; score <= 4; score += 1) await post(score);
    await Promise.all([ofMatch, ofTournament].map((spectator) => spectator!.reached(id, 5)));
    await until(() => watched.snapshot(id)?.seq === 5, 10_000, 'the watcher to see the last score');

    const client = new pg.Client(arena.databaseUrl);
    await client.connect();
    await client.query('begin');
    await client.query('delete from match_events where match_id = $1 and seq > 3', [id]);
    await client.query('update matches set seq = 3, home_score = 2 where id = $1', [id]);
    await client.query('commit');
    await client.end();

    await until(() => !ofMatch!.socket.connected && !ofTournament!.socket.connected, 10_000, 'those who saw more to be disconnected');
    expect(bystander!.socket.connected).toBe(true);
    // One instance had it in one feed, and said so once.
    for (const { log } of arena.instances) expect(log.filter(({ event }) => event === 'database_went_back')).toEqual([expect.objectContaining({ matches: 1 })]);
    const again = await Spectator.connect(arena.at(1).url);
    closers.push(() => again.close());
    expect(await again.ask('join_match', { matchId: id, since: 5 })).toMatchObject({ ok: false, error: { code: 'CURSOR_AHEAD', details: { seq: 3 } } });
    const { matches } = await again.join('join_tournament', cup.id);
    expect(matches).toMatchObject([{ id, seq: 3, homeScore: 2 }]);
    await until(() => watched.snapshot(id)?.seq === 3, 20_000, 'the watcher to see the score that is true now');
    expect(resyncs).toEqual([{ matchId: id, from: 5, to: 3, reason: 'cursor-ahead' }]);

    const next = await post(7);
    expect(next.seq).toBe(4);
    await again.reached(id, 4);
    await until(() => watched.snapshot(id)?.homeScore === 7, 10_000, 'the watcher to see the next score');
    expect(again.seqs(id)).toEqual([4]);
    expect(bystander!.events).toEqual([]);
  });
});
