/** The watcher library on real instances: what it is for is that somebody dies. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { watch, type MatchEvent, type Resync, type Watcher, type WatchOptions, type WatchState } from '../src/client/index.js';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';

describe('a watcher on real instances', () => {
  let arena: Arena;
  const watchers: Watcher[] = [];

  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
  });
  afterEach(() => {
    for (const watcher of watchers.splice(0)) watcher.close();
  });
  afterAll(() => arena.close());

  function open(index: number, options: WatchOptions = {}): Watcher {
    const watcher = watch(arena.at(index).url, options);
    watchers.push(watcher);
    return watcher;
  }

  /** Posts `count` scores through instance `index`, each one more for the home side. */
  async function post(matchId: string, count: number, index = 0): Promise<number> {
    const organizer = await arena.rest(index, 'ORGANIZER');
    let { seq, homeScore } = await organizer.call(api.getMatch, { params: { id: matchId } });
    for (let posted = 0; posted < count; posted += 1) {
      ({ seq, homeScore } = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: homeScore + 1, awayScore: 0 } }));
    }
    return seq;
  }

  async function openMatch(): Promise<{ cup: string; matchId: string }> {
    const cup = await openCup(await arena.rest(0, 'ORGANIZER'));
    return { cup: cup.id, matchId: cup.matchIds[0] ?? '' };
  }

  const upTo = (seq: number): number[] => Array.from({ length: seq }, (_, index) => index + 1);
  const logOf = async (matchId: string): Promise<MatchEvent[]> => (await (await arena.rest(0)).call(api.listEvents, { params: { id: matchId }, query: {} })).data;

  it('hears every event once, in order, as the log has it, posted on another instance', async () => {
    const { cup, matchId } = await openMatch();
    const [inMatch, inCup]: [MatchEvent[], MatchEvent[]] = [[], []];
    const watcher = open(1);
    const match = watcher.match(matchId, { onEvent: (event) => inMatch.push(event) }, { since: 0 });
    const tournament = watcher.tournament(cup, { onEvent: (event) => inCup.push(event) }, { since: 0 });
    await until(() => watcher.state === 'live', 10_000, 'live');
    const seq = await post(matchId, 30);
    await until(() => match.snapshot?.seq === seq && inMatch.length === seq && inCup.length === seq, 10_000, () => `seq ${String(seq)}: ${String(inMatch.length)}, ${String(inCup.length)}`);
    const log = await logOf(matchId);
    expect(inMatch).toEqual(log);
    expect(inCup).toEqual(log);
    const truth = await (await arena.rest(0)).call(api.getMatch, { params: { id: matchId } });
    expect(match.snapshot).toEqual(truth);
    expect(tournament.snapshot(matchId)).toEqual(truth);
  });

  it('follows a match that is added later from its first event', async () => {
    const { cup } = await openMatch();
    const seen: string[] = [];
    const watcher = open(1);
    const tournament = watcher.tournament(cup, { onEvent: (event) => seen.push(`${event.matchId} ${String(event.seq)}`) });
    await until(() => watcher.state === 'live', 10_000, 'live');
    const organizer = await arena.rest(0, 'ORGANIZER');
    const added = await organizer.call(api.createMatch, { params: { id: cup }, body: { id: `${cup}-late`, homeParticipantId: 'home', awayParticipantId: 'away' } });
    await organizer.call(api.startMatch, { params: { id: added.id } });
    await post(added.id, 3);
    await until(() => seen.length >= 4, 10_000, () => seen.join(', '));
    expect(seen).toEqual([1, 2, 3, 4].map((seq) => `${added.id} ${String(seq)}`));
    expect(tournament.snapshot(added.id)?.homeScore).toBe(3);
  });

  it('loses and doubles nothing when its instance is killed and comes back', async () => {
    const { matchId } = await openMatch();
    const events: MatchEvent[] = [];
    const states: WatchState[] = [];
    const resyncs: Resync[] = [];
    const watcher = open(1, { backoffMs: 100, reconnectMaxMs: 500, onState: (state) => states.push(state) });
    const match = watcher.match(matchId, { onEvent: (event) => events.push(event), onResync: (resync) => resyncs.push(resync) }, { since: 0 });
    await until(() => watcher.state === 'live', 10_000, 'live');
    await post(matchId, 5);
    const posting = post(matchId, 40);
    await arena.at(1).kill();
    await posting;
    await until(() => watcher.state === 'offline', 10_000, 'offline');
    await post(matchId, 5);
    await arena.at(1).boot();
    const seq = await post(matchId, 5);
    await until(() => events.length >= seq && watcher.state === 'live', 15_000, () => `seq ${String(seq)}, has ${String(events.length)}`);
    expect(events.map((event) => event.seq)).toEqual(upTo(seq));
    expect(events).toEqual(await logOf(matchId));
    expect(match.snapshot?.homeScore).toBe(55);
    expect(resyncs).toEqual([]);
    expect(states.slice(-3)).toEqual(['offline', 'catching-up', 'live']);
  });

  it('pages the log when it missed more than the server hands over with a join', async () => {
    const { matchId } = await openMatch();
    const seq = await post(matchId, 520);
    const seqs: number[] = [];
    const watcher = open(1);
    watcher.match(matchId, { onEvent: (event) => seqs.push(event.seq) }, { since: 0 });
    await until(() => seqs.length >= seq, 15_000, () => `has ${String(seqs.length)}`);
    expect(seqs).toEqual(upTo(seq));
  });

  it('starts over, and says so, with a cursor that lies ahead of the match', async () => {
    const { matchId } = await openMatch();
    const seqs: number[] = [];
    const resyncs: Resync[] = [];
    const match = open(1).match(matchId, { onEvent: (event) => seqs.push(event.seq), onResync: (resync) => resyncs.push(resync) }, { since: 99 });
    await until(() => match.state === 'live', 10_000, 'live');
    expect(resyncs).toEqual([{ matchId, from: 99, to: 1, reason: 'cursor-ahead' }]);
    await post(matchId, 1);
    await until(() => seqs.length > 0, 10_000, 'an event');
    expect(seqs).toEqual([2]);
  });

  it('is told once that its token is not accepted, and stays away', async () => {
    const refusals: string[] = [];
    const expired = await arena.token('PLAYER', 'alice', { expiresInS: -60 });
    const watcher = open(1, { token: expired, backoffMs: 10, reconnectMaxMs: 10, onError: (refusal) => refusals.push(refusal.code) });
    await until(() => refusals.length > 0, 10_000, 'a refusal');
    const other = open(1, { token: 'nonsense', backoffMs: 10, reconnectMaxMs: 10, onError: (refusal) => refusals.push(refusal.code) });
    await until(() => refusals.length > 1, 10_000, 'another refusal');
    expect(refusals).toEqual(['TOKEN_EXPIRED', 'TOKEN_INVALID']);
    expect([watcher.state, other.state]).toEqual(['offline', 'offline']);
  });

  it('says why a match cannot be watched', async () => {
    const match = open(1).match('no-such-match');
    await until(() => match.refusal !== null, 10_000, 'a refusal');
    expect([match.refusal?.code, match.state, match.snapshot]).toEqual(['NOT_FOUND', 'offline', null]);
  });
});
