/** An instance hears only of rooms in which it has sockets: counted in bytes that Redis sends it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { startRedis } from '../src/parts/redis.js';
import { JWT_SECRET, openArena } from './arena/arena.js';
import { countingProxy } from './arena/counting-proxy.js';
import { openCup } from './arena/cup.js';
import { Instance } from './arena/instance.js';
import { Spectator } from './arena/spectator.js';

const POSTS = 300;

describe('room membership', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  });

  it('costs an instance without members next to nothing', async () => {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const [toMember, toStranger] = await Promise.all([countingProxy(redis.port), countingProxy(redis.port)]);
    closers.push(() => toMember.close(), () => toStranger.close());
    const arena = await openArena({ redis: redis.url });
    closers.push(() => arena.close());
    const instance = async (name: string, url: string): Promise<Instance> => {
      const started = await Instance.start(name, { DATABASE_URL: arena.databaseUrl, JWT_SECRET, REDIS_URL: url, NODE_ENV: 'test' });
      closers.push(() => started.stop());
      return started;
    };
    const [member, stranger] = await Promise.all([instance('member', toMember.url), instance('stranger', toStranger.url)]);
    const organizer = await arena.rest(0, 'ORGANIZER');
    const [cup, elsewhere] = [await openCup(organizer), await openCup(organizer)];
    const id = cup.matchIds[0] ?? '';
    const [viewer, other] = await Promise.all([Spectator.connect(member.url), Spectator.connect(stranger.url)]);
    closers.push(() => viewer.close(), () => other.close());
    await viewer.join('join_match', id);
    await other.join('join_match', elsewhere.matchIds[0]);

    const before = { member: toMember.received, stranger: toStranger.received };
    for (let posted = 0; posted < POSTS; posted += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => organizer.call(api.postScore, { params: { id }, body: { homeScore: posted + index, awayScore: 0 } })));
    }
    await viewer.reached(id, POSTS + 1);
    const received = { member: toMember.received - before.member, stranger: toStranger.received - before.stranger };
    // Both have the same pings, echoes and counts; the events themselves go to the member alone.
    const events = viewer.events.reduce((bytes, event) => bytes + JSON.stringify(event).length, 0);
    expect(received.member).toBeGreaterThan(events);
    expect(received.member - received.stranger).toBeGreaterThan(events * 0.9);
    expect(other.events).toEqual([]);
  });

  it.each(['match', 'tournament'] as const)('ends with the leaving of a %s that was still being joined', async (kind) => {
    const arena = await openArena({ redis: false });
    closers.push(() => arena.close());
    const organizer = await arena.rest(0, 'ORGANIZER');
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    const [hasty, steady] = await Promise.all([Spectator.connect(arena.at(0).url), Spectator.connect(arena.at(0).url)]);
    closers.push(() => hasty.close(), () => steady.close());
    await steady.join('join_match', matchId);

    const [id, room] = kind === 'match' ? [matchId, `match:${matchId}`] : [cup.id, `tournament:${cup.id}`];
    const answers: string[] = [];
    const [joined, left] = await Promise.all([
      hasty.ask(`join_${kind}`, id).then((answer) => (answers.push('join'), answer)),
      hasty.ask(`leave_${kind}`, id).then((answer) => (answers.push('leave'), answer)),
    ]);
    expect(left).toMatchObject({ ok: true, data: { room } });
    expect(joined).toMatchObject({ ok: false, error: { code: 'UNPROCESSABLE' } });
    expect(answers).toEqual(['leave', 'join']);

    const { seq } = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    await steady.reached(matchId, seq);
    // What is asked now is answered after anything that was sent before.
    expect(await hasty.ask(`leave_${kind}`, id)).toMatchObject({ ok: true });
    expect(hasty.events).toEqual([]);
    const { rooms } = await (await arena.rest(0)).call(api.websocketStats);
    expect(rooms).toEqual([{ room: `match:${matchId}`, connections: 1 }]);
    // Whoever changes their mind again is let in.
    await Promise.all([hasty.ask(`join_${kind}`, id), hasty.ask(`leave_${kind}`, id), hasty.join(`join_${kind}`, id)]);
    const next = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 2, awayScore: 0 } });
    await hasty.reached(matchId, next.seq);
    expect(hasty.seqs(matchId)).toEqual([next.seq]);
  });
});
