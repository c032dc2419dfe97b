import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PretendServer } from '../../test/support/pretend-server.js';
import { TestClock } from '../../test/support/test-clock.js';
import { watch, type MatchEvent, type Resync, type Watcher, type WatchOptions } from './index.js';

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index + 1);

let clock: TestClock;
let server: PretendServer;
let watcher: Watcher | undefined;

beforeEach(() => {
  clock = new TestClock();
  server = new PretendServer(clock);
});
afterEach(() => {
  watcher?.close();
  expect(clock.pending).toBeLessThanOrEqual(1); // the server's own, at most
});

function open(options: WatchOptions = {}): Watcher {
  watcher = watch('http://grandstand.test', { clock, connect: server.connect, fetch: server.fetch, random: () => 0.5, ...options });
  return watcher;
}

/** Handlers that write down what they get. */
function notebook() {
  const seqs: number[] = [];
  const byMatch: Record<string, number[]> = {};
  const states: string[] = [];
  const resyncs: Resync[] = [];
  const refusals: string[] = [];
  return {
    seqs, byMatch, states, resyncs, refusals,
    handlers: {
      onEvent: (event: MatchEvent) => {
        seqs.push(event.seq);
        (byMatch[event.matchId] ??= []).push(event.seq);
      },
      onState: (state: string) => void states.push(state),
      onResync: (resync: Resync) => void resyncs.push(resync),
      onError: (refusal: { code: string }) => void refusals.push(refusal.code),
    },
  };
}

describe('following a match', () => {
  it('begins at the state it finds and hears everything after it, each once', async () => {
    server.addMatch('final', 'cup', 7);
    const { handlers, seqs, states } = notebook();
    const match = open().match('final', handlers);
    expect(match.state).toBe('catching-up');
    await clock.advance(20);
    expect(match.snapshot?.seq).toBe(7);
    expect([match.state, watcher?.state]).toEqual(['live', 'live']);
    for (let count = 0; count < 5; count += 1) server.play('final');
    expect(seqs).toEqual(upTo(7, 12));
    expect(match.snapshot).toEqual(server.matches.get('final')?.state);
    expect(states).toEqual(['live']);
    expect(match.cursors).toEqual({ final: 12 });
  });

  it('brings the whole log with `since: 0`, and what follows a kept cursor', async () => {
    server.addMatch('final', 'cup', 7);
    const [whole, rest] = [notebook(), notebook()];
    open().match('final', whole.handlers, { since: 0 });
    watcher?.match('final', rest.handlers, { since: 4 });
    await clock.advance(20);
    server.play('final');
    expect(whole.seqs).toEqual(upTo(0, 8));
    expect(rest.seqs).toEqual(upTo(4, 8));
  });

  it('calls the handler of the type, then onEvent, then onSnapshot, with state and event in step', async () => {
    server.addMatch('final');
    const calls: string[] = [];
    open().match('final', {
      match_start: (event, snapshot) => calls.push(`match_start ${String(event.seq)} ${snapshot.status}`),
      score_update: (event, snapshot) => calls.push(`score_update ${String(event.homeScore)} ${String(snapshot.homeScore)}`),
      onEvent: (event) => calls.push(`event ${String(event.seq)}`),
      onSnapshot: (snapshot) => calls.push(`snapshot ${String(snapshot.seq)}`),
    });
    await clock.advance(20);
    server.play('final');
    server.play('final');
    expect(calls).toEqual(['snapshot 0', 'match_start 1 LIVE', 'event 1', 'snapshot 1', 'score_update 1 1', 'event 2', 'snapshot 2']);
  });

  it('survives a handler that throws or rejects, and reports it', async () => {
    server.addMatch('final');
    const errors: unknown[] = [];
    const seqs: number[] = [];
    open({ onHandlerError: (error) => errors.push(error) }).match('final', {
      onEvent: (event) => {
        seqs.push(event.seq);
        throw new Error('mine');
      },
      onSnapshot: (() => Promise.reject(new Error('later'))) as unknown as () => void,
    });
    await clock.advance(20);
    server.play('final');
    server.play('final');
    await clock.advance(1);
    expect(seqs).toEqual([1, 2]);
    expect(errors).toHaveLength(5);
  });

  it('asks for a gap only after waiting a moment, and not at all when the events come by themselves', async () => {
    server.addMatch('final');
    const { handlers, seqs, states } = notebook();
    open().match('final', handlers);
    await clock.advance(20);
    server.fate = () => [60];
    server.play('final');
    server.fate = () => [0];
    server.play('final');
    expect(seqs).toEqual([]);
    await clock.advance(60);
    expect(seqs).toEqual([1, 2]);
    expect(server.log.filter((line) => line.startsWith('join'))).toHaveLength(1);

    server.fate = () => [];
    server.play('final');
    server.fate = () => [0];
    server.play('final');
    await clock.advance(400);
    expect(seqs).toEqual([1, 2, 3, 4]);
    expect(server.log.at(-1)).toBe('join_match {"matchId":"final","since":2}');
    expect(states).toEqual(['live', 'catching-up', 'live']);
  });

  it('learns from a heartbeat that the last event was lost', async () => {
    server.addMatch('final');
    const { handlers, seqs } = notebook();
    open().match('final', handlers);
    await clock.advance(20);
    server.fate = () => [];
    server.play('final');
    server.heartbeat();
    await clock.advance(400);
    expect(seqs).toEqual([1]);
  });

  it('says that a match does not exist, and asks again with the next connection', async () => {
    const { handlers, refusals } = notebook();
    const match = open().match('final', handlers);
    await clock.advance(20);
    expect([match.state, match.refusal?.code, watcher?.state]).toEqual(['offline', 'NOT_FOUND', 'offline']);
    server.addMatch('final');
    server.kick(server.open[0]);
    await clock.advance(1000);
    expect([match.state, match.refusal]).toEqual(['live', null]);
    expect(refusals).toEqual(['NOT_FOUND']);
  });

  it('hears nothing any more once closed, and leaves the room when nobody else follows', async () => {
    server.addMatch('final');
    const { handlers, seqs } = notebook();
    const match = open().match('final', handlers);
    const other = watcher?.match('final');
    await clock.advance(20);
    match.close();
    server.play('final');
    expect(seqs).toEqual([]);
    expect(server.log.some((line) => line.startsWith('leave'))).toBe(false);
    other?.close();
    expect(server.log.at(-1)).toBe('leave_match {"matchId":"final"}');
  });
});

describe('a handle that is closed', () => {
  it('by a handler counts what that was told, and no more: what follows is there another day', async () => {
    server.addMatch('final', 'cup', 5);
    const told: string[] = [];
    const followed = open();
    const match = followed.match(
      'final',
      {
        match_start: (event) => told.push(`match_start ${String(event.seq)}`),
        score_update: ({ seq }) => {
          told.push(`score_update ${String(seq)}`);
          if (seq === 3) match.close();
        },
        onEvent: ({ seq }) => told.push(`onEvent ${String(seq)}`),
        onSnapshot: ({ seq }) => told.push(`onSnapshot ${String(seq)}`),
      },
      { since: 0 },
    );
    await clock.advance(20);
    expect(match.cursors).toEqual({ final: 3 });
    expect(told.at(-1)).toBe('score_update 3');
    const { handlers, seqs } = notebook();
    followed.match('final', handlers, { since: match.cursors });
    await clock.advance(20);
    expect(seqs).toEqual([4, 5]);
  });

  it('by the handler of another one is told nothing of what both were to hear', async () => {
    server.addMatch('final');
    const told: string[] = [];
    const followed = open();
    followed.tournament('cup', { onEvent: () => other.close(), onViewers: () => third.close() });
    const other = followed.match('final', { onEvent: () => told.push('event') });
    const third = followed.tournament('cup', { onViewers: () => told.push('viewers') });
    await clock.advance(20);
    server.play('final');
    for (const socket of server.open) server.send(socket, 'viewers', { room: 'tournament:cup', viewers: 2 });
    expect(told).toEqual([]);
    expect(other.cursors).toEqual({ final: 0 });
  });

  it.each(['handle', 'watcher'] as const)('fetches nothing any more: the %s', async (closed) => {
    server.bound = 0;
    for (let index = 0; index < 40; index += 1) server.addMatch(`m${String(index)}`, 'cup', 3);
    let [asked, givenUp] = [0, 0];
    const unanswered: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) => {
        asked += 1;
        init?.signal?.addEventListener('abort', () => {
          givenUp += 1;
          reject(new DOMException('aborted', 'AbortError'));
        });
      });
    const followed = open({ fetch: unanswered });
    const cup = followed.tournament('cup', {}, { since: 0 });
    await clock.advance(20);
    const before = asked;
    expect(before).toBeGreaterThan(0);
    (closed === 'handle' ? cup : followed).close();
    await clock.advance(1);
    expect([asked, givenUp]).toEqual([before, before]);
  });
});

describe('following a tournament', () => {
  it('delivers every match in its own order, and a new one from its first event', async () => {
    server.addMatch('semi', 'cup', 3);
    const { handlers, byMatch } = notebook();
    const cup = open().tournament('cup', handlers);
    await clock.advance(20);
    server.addMatch('final', 'cup');
    server.play('final');
    server.play('semi');
    server.play('final');
    await clock.advance(400);
    expect(byMatch).toEqual({ semi: [4], final: [1, 2] });
    expect(cup.snapshot('final')).toEqual(server.matches.get('final')?.state);
    expect(cup.snapshots).toHaveLength(2);
  });

  it('delivers all of a match that is added while the answer of the join is on its way', async () => {
    server.addMatch('semi', 'cup', 3);
    const { handlers, byMatch } = notebook();
    open().tournament('cup', handlers);
    await clock.advance(6);
    server.addMatch('final', 'cup');
    server.play('final');
    server.play('final');
    await clock.advance(400);
    expect(byMatch).toEqual({ final: [1, 2] });
  });

  it('joins again when what it lacks cannot be had over HTTP', async () => {
    server.addMatch('semi', 'cup', 3);
    const { handlers, byMatch } = notebook();
    const cup = open().tournament('cup', handlers);
    await clock.advance(20);
    server.answersHttp = false;
    server.fate = () => [];
    server.play('semi');
    server.heartbeat();
    await clock.advance(1000);
    expect([byMatch, cup.state]).toEqual([{ semi: [4] }, 'live']);
  });

  it('learns of a new match from the heartbeat, also in an empty tournament', async () => {
    const { handlers, byMatch } = notebook();
    const cup = open().tournament('cup', handlers);
    await clock.advance(20);
    server.fate = () => [];
    server.addMatch('final', 'cup', 2);
    server.heartbeat();
    await clock.advance(400);
    expect(byMatch).toEqual({ final: [1, 2] });
    expect(cup.state).toBe('live');
  });

  it('lets go of a match that the heartbeat of another room named', async () => {
    server.addMatch('semi', 'cup', 1);
    server.addMatch('stray', 'league', 4);
    const { handlers, byMatch } = notebook();
    const cup = open().tournament('cup', handlers);
    await clock.advance(20);
    for (const socket of server.open) server.send(socket, 'heartbeat', { stray: 4, unknown: 2 });
    await clock.advance(400);
    expect([byMatch, cup.state, cup.snapshots.length]).toEqual([{}, 'live', 1]);
  });

  it('catches up with many matches by one join instead of many requests', async () => {
    for (const id of upTo(0, 30)) server.addMatch(`m${String(id)}`, 'cup', 5);
    const { handlers, byMatch } = notebook();
    open().tournament('cup', handlers, { since: 0 });
    await clock.advance(400);
    expect(Object.values(byMatch)).toEqual(Array.from({ length: 30 }, () => upTo(0, 5)));
    expect(server.log.filter((line) => line.startsWith('GET'))).toHaveLength(0);
    expect(server.log.filter((line) => line.startsWith('join'))).toHaveLength(2);
  });
});

describe('missing more than the server hands over', () => {
  it('pages the rest, so that handlers see every event', async () => {
    server.bound = 10;
    server.addMatch('final', 'cup', 1);
    const { handlers, seqs, resyncs } = notebook();
    const match = open().match('final', handlers);
    await clock.advance(20);
    server.kick(server.open[0]);
    for (let count = 0; count < 1200; count += 1) server.play('final');
    await clock.advance(1000);
    expect(seqs).toEqual(upTo(1, 1201));
    expect(server.log.filter((line) => line.startsWith('GET'))).toHaveLength(3);
    expect([resyncs, match.state]).toEqual([[], 'live']);
  });

  it('jumps to the newest state with `history: latest`, and says what it left out', async () => {
    server.bound = 10;
    server.addMatch('final', 'cup', 1);
    const { handlers, seqs, resyncs } = notebook();
    const match = open({ history: 'latest' }).match('final', handlers);
    await clock.advance(20);
    server.kick(server.open[0]);
    for (let count = 0; count < 50; count += 1) server.play('final');
    await clock.advance(1000);
    server.play('final');
    expect([seqs, resyncs]).toEqual([[52], [{ matchId: 'final', from: 1, to: 51, reason: 'skipped' }]]);
    expect(match.snapshot?.seq).toBe(52);
  });

  it('keeps trying, ever more slowly, while pages cannot be had', async () => {
    server.bound = 0;
    server.addMatch('final', 'cup', 1);
    const { handlers, seqs } = notebook();
    const match = open().match('final', handlers);
    await clock.advance(20);
    server.answersHttp = false;
    server.fate = () => [];
    server.play('final');
    server.heartbeat();
    await clock.advance(60_000);
    expect([match.state, seqs]).toEqual(['catching-up', []]);
    expect(server.log.length).toBeLessThan(40);
    server.answersHttp = true;
    await clock.advance(20_000);
    expect([match.state, seqs]).toEqual(['live', [2]]);
  });
});

describe('an address', () => {
  it.each(['scores.example', 'scores.example:3000', '/', '', 'ws://scores.example'])('that is none of a server is refused at once: %j', (url) => {
    expect(() => watch(url, { clock, connect: server.connect })).toThrow(/"https:\/\/scores\.example"/);
    expect(server.log).toEqual([]);
  });
});

describe('a cursor from the future', () => {
  it('starts over from the snapshot and says so', async () => {
    server.addMatch('final', 'cup', 3);
    const { handlers, seqs, resyncs } = notebook();
    const match = open().match('final', handlers, { since: 99 });
    await clock.advance(1500);
    server.play('final');
    expect(resyncs).toEqual([{ matchId: 'final', from: 99, to: 3, reason: 'cursor-ahead' }]);
    expect([seqs, match.snapshot?.seq, match.state]).toEqual([[4], 4, 'live']);
  });

  it('is not believed at once: an instance may lag behind what another one sent', async () => {
    server.addMatch('final', 'cup', 3);
    const { handlers, seqs, resyncs } = notebook();
    open().match('final', handlers, { since: 4 });
    await clock.advance(100);
    server.play('final');
    await clock.advance(1500);
    server.play('final');
    expect([seqs, resyncs]).toEqual([[5], []]);
  });

  it('a match that the tournament does not know any more does not keep the others from being followed', async () => {
    server.addMatch('semi', 'cup', 5);
    const { handlers, byMatch, refusals } = notebook();
    const cup = open().tournament('cup', handlers, { since: { semi: 3, deleted: 7 } });
    await clock.advance(100);
    expect([byMatch, refusals, cup.state]).toEqual([{ semi: [4, 5] }, [], 'live']);
  });

  it('is found out also where the join did not name it: of a finished match', async () => {
    server.addMatch('done', 'cup', 3);
    server.addMatch('semi', 'cup', 5);
    const done = server.matches.get('done');
    if (done) done.state = { ...done.state, status: 'COMPLETED' };
    const { handlers, byMatch, resyncs } = notebook();
    const cup = open({ backoffMs: 0 }).tournament('cup', handlers);
    await clock.advance(20);
    server.kick(server.open[0]);
    server.addMatch('done', 'cup', 1); // as a restored backup would
    await clock.advance(20);
    expect(server.log.at(-1)).toBe('join_tournament {"tournamentId":"cup","since":{"semi":5}}');
    await clock.advance(3000);
    server.play('done');
    server.play('semi');
    expect([byMatch, cup.snapshot('done')?.seq]).toEqual([{ done: [2], semi: [6] }, 2]);
    expect(resyncs).toEqual([{ matchId: 'done', from: 3, to: 1, reason: 'cursor-ahead' }]);
  });

  it('leaves the other matches of the tournament alone, also when an event outruns the answer', async () => {
    server.addMatch('wrong', 'cup', 3);
    server.addMatch('right', 'cup', 5);
    const { handlers, byMatch, resyncs } = notebook();
    open({ backoffMs: 0 }).tournament('cup', handlers);
    await clock.advance(20);
    server.kick(server.open[0]);
    server.addMatch('wrong', 'cup', 1); // as a restored backup would
    // Connected after 5 ms, refused at 8 and, asked again, at 1011: at 1012 the answer to the third join is on its way.
    await clock.advance(1012);
    server.play('right');
    await clock.advance(400);
    server.play('wrong');
    server.play('right');
    await clock.advance(400);
    expect(byMatch).toEqual({ right: [6, 7], wrong: [2] });
    expect(resyncs).toEqual([{ matchId: 'wrong', from: 3, to: 1, reason: 'cursor-ahead' }]);
  });
});

describe('connections', () => {
  it.each(['transport close', 'io server disconnect', 'ping timeout'])('come back after %s with the cursor, losing nothing', async (reason) => {
    server.addMatch('final', 'cup', 2);
    const { handlers, seqs, states } = notebook();
    const match = open().match('final', handlers);
    await clock.advance(20);
    server.kick(server.open[0], reason);
    expect(match.state).toBe('offline');
    server.play('final');
    await clock.advance(1000);
    server.play('final');
    expect(seqs).toEqual([3, 4]);
    expect(states).toEqual(['live', 'offline', 'catching-up', 'live']);
  });

  it('back off with full jitter below a bound that doubles, up to a limit', async () => {
    server.reachable = false;
    open();
    const attempts: number[] = [];
    for (let second = 0; second < 120; second += 1) {
      const before = server.sockets.length;
      await clock.advance(1000);
      if (server.sockets.length > before) attempts.push(second);
    }
    // 0.5 of 0.5, 1, 2, 4, 5, 5, … seconds
    expect(server.sockets.length).toBeGreaterThan(44);
    expect(server.sockets.length).toBeLessThan(54);
    expect((attempts.at(-1) ?? 0) - (attempts.at(-2) ?? 0)).toBeGreaterThanOrEqual(2);
    expect(attempts.slice(0, 5)).toEqual([0, 1, 3, 6, 8]);
    expect(watcher?.state).toBe('offline');
  });

  it('are not hammered when the server hangs up right after each join', async () => {
    server.addMatch('final');
    open().match('final', {
      onState: (state) => {
        if (state === 'live') clock.setTimeout(() => { server.kick(server.open[0], 'io server disconnect'); }, 1);
      },
    });
    await clock.advance(60_000);
    expect(server.sockets.length).toBeLessThan(30);
  });

  it('are tried at once when asked to', async () => {
    server.reachable = false;
    open();
    await clock.advance(30_000);
    server.reachable = true;
    watcher?.retry();
    await clock.advance(10);
    expect(watcher?.state).toBe('live');
  });

  it.each([['brings nothing', 30_000, (): void => undefined], ['brings other things', 15_000, (): void => { server.heartbeat(); }]] as const)(
    'a connection that never answers a join and %s is given up in the end',
    async (_, patience, meanwhile) => {
      server.addMatch('final');
      const match = open().match('final');
      server.answersJoins = false;
      await clock.advance(10);
      for (const socket of server.open) socket.rooms.add('match:other').add('match:final');
      for (let second = 0; second < patience / 1000 - 1; second += 1) {
        meanwhile();
        await clock.advance(1000);
      }
      expect(server.log).toEqual(['connect', 'join_match {"matchId":"final"}']);
      server.answersJoins = true;
      await clock.advance(2_000);
      expect([server.sockets.length, match.state]).toEqual([2, 'live']);
    },
  );

  it('one that brings nothing is asked whether anybody is there, and kept when somebody is', async () => {
    server.addMatch('final');
    const states: string[] = [];
    open({ onState: (state) => states.push(state) }).match('final');
    await clock.advance(120_000);
    watcher?.retry();
    await clock.advance(120_000);
    expect([states, server.sockets.length]).toEqual([['live'], 1]);
  });

  it('one that brings nothing and answers nothing is given up within seconds', async () => {
    server.addMatch('final');
    const states: string[] = [];
    open({ onState: (state) => states.push(state) }).match('final');
    await clock.advance(20);
    server.answersJoins = false;
    await clock.advance(20_000);
    server.answersJoins = true;
    await clock.advance(11_000);
    expect(states[1]).toBe('offline');
  });

  it('a late answer of a join is taken', async () => {
    server.addMatch('final');
    const { handlers, seqs } = notebook();
    server.answersAfterMs = 20_000;
    const match = open().match('final', handlers);
    await clock.advance(19_000);
    expect(match.state).toBe('catching-up');
    await clock.advance(2_000);
    server.play('final');
    expect([match.state, seqs, server.log]).toEqual(['live', [1], ['connect', 'join_match {"matchId":"final"}']]);
  });

  it('a refused token is told once and not tried again, until asked to', async () => {
    server.refuseHandshake = { code: 'TOKEN_EXPIRED', message: 'expired' };
    const refusals: string[] = [];
    open({ token: 'old', onError: (refusal) => refusals.push(refusal.code) });
    await clock.advance(300_000);
    expect([refusals, server.sockets.length, watcher?.state]).toEqual([['TOKEN_EXPIRED'], 1, 'offline']);
    server.refuseHandshake = null;
    watcher?.retry();
    await clock.advance(10);
    expect(watcher?.state).toBe('live');
  });

  it('a source of tokens is asked again after a refusal, and used when it has another', async () => {
    server.refuseHandshake = { code: 'TOKEN_EXPIRED', message: 'expired' };
    const tokens = ['old', 'new'];
    open({ token: () => Promise.resolve(tokens.shift()) });
    await clock.advance(10);
    server.refuseHandshake = null;
    await clock.advance(1000);
    expect(server.sockets.map((socket) => socket.token)).toEqual(['old', 'new']);
    expect(watcher?.state).toBe('live');
  });

  it('move over in the slot a draining server gives, before the old one is closed, without a word of being offline', async () => {
    server.addMatch('final');
    const { handlers, seqs, states } = notebook();
    open().match('final', handlers);
    await clock.advance(20);
    const [old] = server.open;
    if (!old) throw new Error('not connected');
    server.send(old, 'draining', { reconnectInMs: 2000, deadlineMs: 10_000 });
    await clock.advance(1990);
    expect(server.sockets).toHaveLength(1);
    for (let step = 0; step < 20; step += 1) {
      server.play('final');
      await clock.advance(2);
    }
    expect([old.state, server.open.length]).toEqual(['closed', 1]);
    server.play('final');
    expect(seqs).toEqual(upTo(0, 21));
    expect(states).toEqual(['live']);
  });

  it('tell a notification once that comes over both while a server drains', async () => {
    server.addMatch('final');
    const told: number[] = [];
    open({ onNotification: ({ seq }) => told.push(seq) }).match('final');
    await clock.advance(20);
    for (const socket of server.open) server.send(socket, 'draining', { reconnectInMs: 100, deadlineMs: 10_000 });
    server.answersAfterMs = 1000;
    await clock.advance(500);
    expect(server.open).toHaveLength(2);
    const notify = (seq: number): void => {
      for (const socket of server.open) server.send(socket, 'notification', { userId: 'ann', seq, type: 'message', title: null, message: 'hello', data: null, at: '2026-05-01T18:00:00.000Z' });
    };
    // Two instances may pass each other.
    for (const seq of [1, 3, 2]) notify(seq);
    await clock.advance(1000);
    expect(server.open).toHaveLength(1);
    notify(4);
    expect(told).toEqual([1, 3, 2, 4]);
  });

  it('stay on the draining server while no other can be reached, and do not wait for their slot once it died', async () => {
    server.addMatch('final');
    const { handlers, seqs } = notebook();
    open().match('final', handlers);
    await clock.advance(20);
    const [old] = server.open;
    if (!old) throw new Error('not connected');
    server.reachable = false;
    server.send(old, 'draining', { reconnectInMs: 100, deadlineMs: 10_000 });
    await clock.advance(3000);
    server.play('final');
    expect([old.state, seqs]).toEqual(['open', [1]]);
    server.reachable = true;
    await clock.advance(15_000);
    expect(old.state).toBe('closed');
    const [next] = server.open;
    if (next) server.send(next, 'draining', { reconnectInMs: 9000, deadlineMs: 10_000 });
    server.kick(next);
    await clock.advance(1000);
    expect(watcher?.state).toBe('live');
  });

  it('leave no timer behind when closed', async () => {
    server.addMatch('final');
    open().match('final');
    await clock.advance(20);
    watcher?.close();
    expect([watcher?.state, clock.pending, server.open.length]).toEqual(['offline', 0, 0]);
  });
});

describe('whatever happens', () => {
  type Step = 'play' | 'lose' | 'double' | 'delay' | 'kick' | 'hang up' | 'heartbeat' | 'drain' | 'vanish' | 'deafen' | 'break http' | 'wait' | 'new match';
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<Step>('play') },
      { weight: 8, arbitrary: fc.constantFrom<Step>('lose', 'double', 'delay', 'kick', 'hang up', 'heartbeat', 'drain', 'vanish', 'deafen', 'break http', 'wait', 'new match') },
    ),
    { maxLength: 60 },
  );

  it('every event of every match is delivered exactly once in order, and the states are the truth', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 20 }), fc.integer({ min: 1, max: 20 }), async (script, dice, bound) => {
        const time = new TestClock();
        const arena = new PretendServer(time);
        arena.bound = bound;
        let rolled = 0;
        const random = (): number => dice[rolled++ % dice.length] ?? 0;
        arena.addMatch('m0', 'cup', 2);
        arena.addMatch('m1', 'cup');
        const [cup, single] = [notebook(), notebook()];
        const following = watch('http://grandstand.test', { clock: time, connect: arena.connect, fetch: arena.fetch, random });
        const tournament = following.tournament('cup', cup.handlers, { since: 0 });
        const match = following.match('m0', single.handlers, { since: 0 });
        let added = 2;
        for (const step of script) {
          const ids = [...arena.matches.keys()];
          const id = ids[Math.floor(random() * ids.length)] ?? 'm0';
          const socket = arena.open[Math.floor(random() * arena.open.length)];
          if (step === 'play') arena.play(id);
          else if (step === 'lose' || step === 'double' || step === 'delay') {
            arena.fate = step === 'lose' ? () => [] : step === 'double' ? () => [0, 40] : () => [Math.floor(random() * 300)];
            arena.play(id);
            arena.fate = () => [0];
          } else if (step === 'kick') arena.kick(socket);
          else if (step === 'hang up') arena.kick(socket, 'io server disconnect');
          else if (step === 'heartbeat') arena.heartbeat();
          else if (step === 'drain' && socket) arena.send(socket, 'draining', { reconnectInMs: Math.floor(random() * 500), deadlineMs: 500 });
          else if (step === 'vanish') arena.reachable = !arena.reachable;
          else if (step === 'deafen') arena.answersJoins = !arena.answersJoins;
          else if (step === 'break http') arena.answersHttp = !arena.answersHttp;
          else if (step === 'new match') arena.addMatch(`m${String(added++)}`);
          await time.advance(step === 'wait' ? 700 : Math.floor(random() * 8));
        }
        arena.reachable = arena.answersHttp = arena.answersJoins = true;
        await time.advance(60_000);
        arena.heartbeat();
        await time.advance(60_000);
        expect(following.state).toBe('live');
        for (const [id, { state }] of arena.matches) {
          expect(cup.byMatch[id] ?? []).toEqual(upTo(0, state.seq));
          expect(tournament.snapshot(id)).toEqual(state);
        }
        expect(single.seqs).toEqual(upTo(0, arena.matches.get('m0')?.state.seq ?? 0));
        expect(match.snapshot).toEqual(arena.matches.get('m0')?.state);
        expect(arena.open).toHaveLength(1);
        expect([...cup.resyncs, ...single.resyncs]).toEqual([]);
        following.close();
        // What the server was about to answer.
        await time.advance(10);
        expect(time.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
