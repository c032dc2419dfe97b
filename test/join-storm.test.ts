/** Everybody comes at once: reads are shared, and nobody's answer is older than their join. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';

const SOCKETS = 300;

describe('many sockets that join one match at once', () => {
  let arena: Arena;
  let spectators: Spectator[] = [];
  const reads = async (): Promise<number> => {
    const text = await (await fetch(`${arena.at(0).url}/metrics`)).text();
    return Number(/^grandstand_snapshot_reads_total\{[^}]*\} (\d+)$/m.exec(text)?.[1]);
  };
  beforeAll(async () => {
    // A room of 300 in shards of 64: everything below holds across shards too.
    arena = await openArena({ env: { ROOM_SHARD_SIZE: '64' } });
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  it('cost the database a handful of reads, while scores are being posted, and each gets each event once', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const id = cup.matchIds[0] ?? '';
    spectators = await Promise.all(Array.from({ length: SOCKETS }, () => Spectator.connect(arena.at(0).url)));
    const before = await reads();
    const joining = { done: false };
    const posting = (async () => {
      let last = 1;
      for (let score = 1; !joining.done || score < 20; score += 1) last = (await organizer.call(api.postScore, { params: { id }, body: { homeScore: score, awayScore: 0 } })).seq;
      return last;
    })();
    const joined = await Promise.all(
      spectators.map(async (spectator, index) => {
        // What a post has been answered with before the join is in the join's answer.
        const atLeast = index % 10 === 0 ? (await organizer.call(api.getMatch, { params: { id } })).seq : 0;
        const answer = index % 2 ? await spectator.join('join_match', id) : (await spectator.join('join_tournament', cup.id)).matches[0];
        const match = (answer && 'match' in answer ? answer.match : answer) ?? { seq: -1 };
        expect(match.seq).toBeGreaterThanOrEqual(atLeast);
        return match.seq;
      }),
    );
    joining.done = true;
    const last = await posting;
    const used = (await reads()) - before;
    await Promise.all(spectators.filter((_, index) => (joined[index] ?? 0) < last).map((spectator) => spectator.reached(id, last)));
    for (const [index, spectator] of spectators.entries()) {
      const from = joined[index] ?? 0;
      expect(spectator.seqs(id)).toEqual(Array.from({ length: last - from }, (_, step) => from + step + 1));
    }
    // One after another, as fast as PostgreSQL answers, and each for all who wait: far below one a socket.
    expect(used).toBeLessThan(SOCKETS / 3);
    expect(arena.at(0).log.filter(({ event, shard }) => event === 'room_sharded' && String(shard).startsWith(`match:${id}:shard-`)).length).toBeGreaterThanOrEqual(2);
  });

  it('all at the same time share a read each 25 ms at most', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const before = await reads();
    const begun = performance.now();
    await Promise.all(spectators.map((spectator) => spectator.join('join_match', cup.matchIds[0])));
    expect((await reads()) - before).toBeLessThanOrEqual(2 + (performance.now() - begun) / 25);
  });
});
