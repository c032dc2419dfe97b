/** A socket that stops reading costs itself alone, and is brought back with all that it missed. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { MatchEvent } from '../src/contracts/event.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import type { MatchJoined, TournamentJoined } from '../src/contracts/socket.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { freeze } from './arena/frozen.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

/** The largest event there is, about 7 KB: twenty stat lines with long words of three bytes a letter. */
const LABEL = '剣'.repeat(64);
const PLAYERS = Array.from({ length: 20 }, (_, index) => `player-${String(index)}`);

/** Posts `count` large events at once; returns the highest seq. */
async function flood(organizer: RestClient, id: string, home: string, count: number): Promise<number> {
  const lines = PLAYERS.map((userId) => ({ userId, participantId: home, stats: { kills: 1, weapon: LABEL } }));
  const answers = await Promise.all(Array.from({ length: count }, () => organizer.call(api.putStats, { params: { id }, body: { lines } }).catch(() => undefined)));
  return Math.max(0, ...answers.map((answer) => answer?.seq ?? 0));
}

/** Fills the pipe of a socket that does not read with an answer of some 100 KB: the kernel takes megabytes before anything waits here. */
function fill(spectator: Spectator, command: 'join_match' | 'join_tournament', payload: unknown): void {
  (spectator.socket.emit as (name: string, payload: unknown, ack: () => void) => unknown).call(spectator.socket, command, payload, () => undefined);
}

async function enterPlayers(organizer: RestClient): Promise<void> {
  for (const id of PLAYERS) await organizer.call(api.createUser, { body: { id, username: id } });
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe.each(['on', 'off'])('a slow reader, lean path %s', (lean) => {
  let arena: Arena | undefined;
  afterEach(async () => {
    await arena?.close();
  });

  it('is taken out of the stream, misses nothing when it is back, and nobody waits for it', async () => {
    arena = await openArena({ env: { SLOW_READER_BUDGET_BYTES: '65536', LEAN_BROADCAST: lean, CATCH_UP_MAX: '5000' } });
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const id = cup.matchIds[0] ?? '';
    const { url } = arena.at(0);
    const [stuck, stuckToo, quick] = await Promise.all([Spectator.connect(url), Spectator.connect(url), Spectator.connect(url)]);
    await stuck.join('join_match', id);
    await stuckToo.join('join_tournament', cup.id);
    await quick.join('join_match', id);
    const thaws = [freeze(stuck), freeze(stuckToo)];

    let seq = 1;
    const resyncs = () => metric(url, 'grandstand_slow_reader_resyncs_total');
    // The kernel takes its fill first; how much that is differs from machine to machine.
    await enterPlayers(organizer);
    seq = await flood(organizer, id, cup.home, 15);
    while ((await resyncs()) < 2 && seq < 2_000) {
      fill(stuck, 'join_match', { matchId: id, since: seq - 14 });
      fill(stuckToo, 'join_tournament', { tournamentId: cup.id, since: { [id]: seq - 14 } });
      seq = Math.max(seq, await flood(organizer, id, cup.home, 1));
    }
    expect(await resyncs()).toBe(2);
    const behind = (count: number) => until(async () => (await metric(url, 'grandstand_slow_readers')) === count, 5_000, `${String(count)} slow readers to be shown`);
    await behind(2);
    await quick.reached(id, seq);
    const last = await organizer.call(api.endMatch, { params: { id }, body: {} });

    for (const thaw of thaws) thaw();
    await until(() => stuck.of('joined_match').length > 0 && stuckToo.of('joined_tournament').length > 0, 20_000, 'the answer that brings it back');
    await behind(0);
    const back = stuck.of('joined_match')[0] as MatchJoined;
    expect(back.match).toMatchObject({ seq: last.seq, status: 'COMPLETED', homeScore: last.homeScore });
    for (const [spectator, missed, complete] of [
      [stuck, back.missed, back.complete],
      [stuckToo, ...(({ missed, complete }: TournamentJoined) => [missed, complete] as const)(stuckToo.of('joined_tournament')[0] as TournamentJoined)],
    ] as [Spectator, MatchEvent[], boolean][]) {
      const all = [...spectator.seqs(id), ...missed.map((event) => event.seq)];
      if (complete) expect(all).toEqual(Array.from({ length: last.seq - 1 }, (_, index) => index + 2));
      else expect(missed).toEqual([]);
    }
    expect(quick.seqs(id)).toEqual(Array.from({ length: last.seq - 1 }, (_, index) => index + 2));
    // Back in the stream: what comes next arrives by itself.
    const next = await organizer.call(api.correctMatch, { params: { id }, body: { awayScore: 1, reason: 'recount' } });
    await Promise.all([stuck, stuckToo, quick].map((spectator) => spectator.reached(id, next.seq)));
    for (const spectator of [stuck, stuckToo, quick]) spectator.close();
  });

  it('that never reads again is disconnected', async () => {
    arena = await openArena({ env: { SLOW_READER_BUDGET_BYTES: '65536', SLOW_READER_CLOSE_MS: '300', LEAN_BROADCAST: lean } });
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const id = cup.matchIds[0] ?? '';
    const { url } = arena.at(0);
    const stuck = await Spectator.connect(url);
    await stuck.join('join_match', id);
    const thaw = freeze(stuck);
    await enterPlayers(organizer);
    let seq = 1;
    await until(
      async () => {
        if (seq > 15) fill(stuck, 'join_match', { matchId: id, since: seq - 14 });
        seq = await flood(organizer, id, cup.home, seq < 16 ? 15 : 1);
        return (await metric(url, 'grandstand_websocket_connections')) === 0;
      },
      40_000,
      'the stuck socket to be disconnected',
    );
    thaw();
    stuck.close();
  });
});
