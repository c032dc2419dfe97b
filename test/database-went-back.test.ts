/** A standby that lagged takes over under running instances: what was shown and is not true any more is taken back, from nobody else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { watch, type Resync } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import type { Postgres } from '../src/parts/postgres.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { startWithStandby, type Standby } from './arena/standby.js';
import { openSwitch, type Switch } from './arena/switch.js';
import { until } from './arena/until.js';

const BACK_MS = 20_000;

describe('a failover', () => {
  const closers: (() => unknown)[] = [];
  let primary: Postgres;
  let standby: Standby;
  let address: Switch;
  let arena: Arena;
  beforeAll(async () => {
    const started = await startWithStandby(['live']);
    closers.push(() => started.stop());
    ({ primary, standby } = started);
    address = await openSwitch(primary.port);
    closers.push(() => address.close());
    const url = new URL(primary.url('live'));
    url.port = String(address.port);
    arena = await openArena({ instances: 2, env: { DATABASE_URL: url.href } });
    closers.push(() => arena.close());
  }, 120_000);
  afterAll(async () => {
    for (const closer of closers.reverse()) await closer();
  });

  it('that lost commits takes those along who saw them, on every instance; one that lost none is noticed by nobody', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const [cup, elsewhere] = [await openCup(organizer), await openCup(organizer)];
    const id = cup.matchIds[0] ?? '';
    const post = (homeScore: number) => organizer.call(api.postScore, { params: { id }, body: { homeScore, awayScore: 0 } });
    /** Refused while PostgreSQL is away. */
    const postOnce = async (homeScore: number) => {
      let seq = 0;
      await until(async () => (seq = await post(homeScore).then((match) => match.seq, () => 0)) > 0, BACK_MS, 'a score to be taken');
      return seq;
    };
    const [ofMatch, ofTournament, bystander] = await Promise.all([Spectator.connect(arena.at(0).url), Spectator.connect(arena.at(1).url), Spectator.connect(arena.at(1).url)]);
    const spectators = [ofMatch, ofTournament, bystander];
    closers.push(() => {
      for (const spectator of spectators) spectator.close();
    });
    await ofMatch.join('join_match', id);
    await ofTournament.join('join_tournament', cup.id);
    await bystander.join('join_tournament', elsewhere.id);
    const resyncs: Resync[] = [];
    const watcher = watch(arena.at(1).url);
    closers.push(() => watcher.close());
    const watched = watcher.tournament(cup.id, { onResync: (resync) => resyncs.push(resync) });
    await post(1);
    await ofTournament.reached(id, 2);
    const looked = async (index: number): Promise<number> => Number(/^grandstand_log_tail_seconds_count\{[^}]*\} (\d+)$/m.exec(await (await fetch(`${arena.at(index).url}/metrics`)).text())?.[1]);

    await primary.restart();
    const kept = await postOnce(2);
    await Promise.all([ofMatch, ofTournament].map((spectator) => spectator.reached(id, kept)));
    for (const index of [0, 1]) {
      const before = await looked(index);
      await until(async () => (await looked(index)) > before + 2, BACK_MS, 'the log to be looked into again');
    }
    expect(spectators.map(({ socket }) => socket.connected)).toEqual([true, true, true]);

    await standby.catchUp();
    await standby.stop();
    for (const score of [3, 4, 5]) await post(score);
    const lost = kept + 3;
    await Promise.all([ofMatch, ofTournament].map((spectator) => spectator.reached(id, lost)));
    await until(() => watched.snapshot(id)?.seq === lost, BACK_MS, 'the watcher to see the last score');
    await primary.kill();
    await standby.restart();
    const admin = new pg.Client(standby.url('live'));
    await admin.connect();
    await admin.query('select pg_promote()');
    await admin.end();
    address.turnTo(standby.port);

    await until(() => !ofMatch.socket.connected && !ofTournament.socket.connected, BACK_MS, 'those who saw more to be disconnected');
    expect(bystander.socket.connected).toBe(true);
    for (const { log } of arena.instances) expect(log.filter(({ event }) => event === 'database_went_back')).toEqual([expect.objectContaining({ matches: 1 })]);
    const again = await Spectator.connect(arena.at(0).url);
    spectators.push(again);
    expect(await again.ask('join_match', { matchId: id, since: lost })).toMatchObject({ ok: false, error: { code: 'CURSOR_AHEAD', details: { seq: kept } } });
    expect(await again.join('join_tournament', cup.id)).toMatchObject({ matches: [{ id, seq: kept, homeScore: 2 }] });
    await until(() => watched.snapshot(id)?.seq === kept, BACK_MS, 'the watcher to see the score that is true now');
    expect(resyncs).toEqual([{ matchId: id, from: lost, to: kept, reason: 'cursor-ahead' }]);

    const next = await postOnce(7);
    await again.reached(id, next);
    await until(() => watched.snapshot(id)?.homeScore === 7, BACK_MS, 'the watcher to see the next score');
    expect([next, again.seqs(id), bystander.events]).toEqual([kept + 1, [next], []]);
  });
});
