/** One score, posted once to one instance, on the screens of those who asked for it, wherever they are connected. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup, type Cup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

describe.each(['on', 'off'])('a score reaches every instance, lean broadcast %s', (lean) => {
  let arena: Arena;
  let cup: Cup;
  let other: Cup;
  let matchId: string;
  const spectators: Spectator[] = [];
  const connect = async (index: number): Promise<Spectator> => {
    const spectator = await Spectator.connect(arena.at(index).url);
    spectators.push(spectator);
    return spectator;
  };

  beforeAll(async () => {
    arena = await openArena({ instances: 2, env: { LEAN_BROADCAST: lean } });
    const organizer = await arena.rest(0, 'ORGANIZER');
    cup = await openCup(organizer);
    other = await openCup(organizer);
    matchId = cup.matchIds[0] ?? '';
  });
  afterAll(async () => {
    for (const spectator of spectators) spectator.close();
    await arena.close();
  });

  it('once to Alice in both rooms, to Bob in the tournament, to Carol in the match, and never to Dave elsewhere', async () => {
    const [alice, bob, carol, dave] = await Promise.all([connect(1), connect(0), connect(1), connect(1)]);
    await alice.join('join_tournament', cup.id);
    await alice.join('join_match', matchId);
    await bob.join('join_tournament', { tournamentId: cup.id });
    const { match } = await carol.join('join_match', { matchId });
    await dave.join('join_tournament', other.id);
    expect(match).toMatchObject({ id: matchId, status: 'LIVE', seq: 1, homeScore: 0, awayScore: 0 });

    const organizer = await arena.rest(0, 'ORGANIZER');
    const posted = await organizer.request(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 0 } });
    expect(posted.etag).toBe(`"${String(posted.data.seq)}"`);
    await Promise.all([alice, bob, carol].map((spectator) => spectator.reached(matchId, posted.data.seq)));
    // A second event after the first: had the first been doubled, its double would stand before this.
    const second = await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore: 1, awayScore: 1 } });
    await Promise.all([alice, bob, carol].map((spectator) => spectator.reached(matchId, second.seq)));

    for (const spectator of [alice, bob, carol]) {
      expect(spectator.events).toHaveLength(2);
      expect(spectator.events[0]).toMatchObject({ type: 'score_update', matchId, tournamentId: cup.id, seq: posted.data.seq, homeScore: 1, awayScore: 0 });
      expect(spectator.seqs(matchId)).toEqual([posted.data.seq, second.seq]);
    }
    // Dave's socket works: what is posted in his tournament arrives, and nothing else has.
    await organizer.call(api.postScore, { params: { id: other.matchIds[0] ?? '' }, body: { homeScore: 3, awayScore: 0 } });
    await dave.reached(other.matchIds[0] ?? '', 2);
    expect(dave.events.every((event) => event.tournamentId === other.id)).toBe(true);
    expect(alice.events).toHaveLength(2);
  });

  it('answers the plainest client, which asks without an ack, with an event', async () => {
    const bob = await connect(0);
    bob.tell('join_tournament', cup.id);
    await until(() => bob.of('joined_tournament').length === 1, 5_000, 'joined_tournament');
    expect(bob.of('joined_tournament')[0]).toMatchObject({ tournamentId: cup.id, room: `tournament:${cup.id}`, missed: [] });
    bob.tell('join_match', 'no such match!');
    await until(() => bob.of('error').length === 1, 5_000, 'error');
    expect(bob.of('error')[0]).toMatchObject({ code: 'VALIDATION_FAILED' });
    bob.tell('dance', {});
    await until(() => bob.of('error').length === 2, 5_000, 'error');
    expect(bob.of('error')[1]).toMatchObject({ code: 'UNKNOWN_COMMAND' });
    bob.tell('leave_tournament', cup.id);
    await until(() => bob.of('left_tournament').length === 1, 5_000, 'left_tournament');
    const before = bob.events.length;
    await (await arena.rest(1, 'ORGANIZER')).call(api.postScore, { params: { id: matchId }, body: { homeScore: 9, awayScore: 9 } });
    const after = await bob.join('join_match', matchId);
    expect(after.match.homeScore).toBe(9);
    expect(bob.events).toHaveLength(before);
  });

  it('gives 40 concurrent posts through two instances 40 numbers without a gap, the same ones to everybody', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const crowded = await openCup(organizer);
    const id = crowded.matchIds[0] ?? '';
    const [near, far] = await Promise.all([connect(0), connect(1)]);
    await near.join('join_match', id);
    await far.join('join_tournament', crowded.id);
    const posters = await Promise.all([arena.rest(0, 'ORGANIZER'), arena.rest(1, 'ORGANIZER')]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (posters[index % 2] ?? organizer).call(api.postScore, { params: { id }, body: { homeScore: index, awayScore: 0 } })),
    );
    const seqs = answers.map((answer) => answer.seq).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
    await Promise.all([near.reached(id, 41), far.reached(id, 41)]);
    expect(near.seqs(id)).toEqual(seqs);
    expect(far.seqs(id)).toEqual(seqs);
    const log = await organizer.call(api.listEvents, { params: { id }, query: { after: '1' } });
    expect(log.data).toEqual(near.events);
    expect(log.data).toEqual(far.events);
  });

  it('answers a join with what was missed since, and a cursor from the future with a refusal', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const late = await openCup(organizer);
    const id = late.matchIds[0] ?? '';
    for (let score = 1; score <= 5; score += 1) await organizer.call(api.postScore, { params: { id }, body: { homeScore: score, awayScore: 0 } });
    const carol = await connect(1);
    const joined = await carol.join('join_match', { matchId: id, since: 3 });
    expect(joined.complete).toBe(true);
    expect(joined.missed.map((event) => event.seq)).toEqual([4, 5, 6]);
    expect(joined.match).toMatchObject({ seq: 6, homeScore: 5 });
    const tournament = await carol.join('join_tournament', { tournamentId: late.id, since: { [id]: 5 } });
    expect(tournament.missed.map((event) => event.seq)).toEqual([6]);
    expect(await carol.ask('join_match', { matchId: id, since: 7 })).toMatchObject({ ok: false, error: { code: 'CURSOR_AHEAD' } });
    expect(await carol.ask('join_tournament', { tournamentId: late.id, since: { [matchId]: 1 } })).toMatchObject({ ok: false, error: { code: 'UNKNOWN_REFERENCE' } });
    expect(await carol.ask('join_match', 'no-such-match')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });

  it('tells a tournament\'s room of a match that was scheduled after everybody joined', async () => {
    const organizer = await arena.rest(0, 'ORGANIZER');
    const growing = await openCup(organizer);
    const dora = await connect(1);
    await dora.join('join_tournament', growing.id);
    const id = `${growing.id}-late`;
    await organizer.call(api.createMatch, { params: { id: growing.id }, body: { id, homeParticipantId: 'home', awayParticipantId: 'away' } });
    await organizer.call(api.startMatch, { params: { id } });
    await organizer.call(api.postScore, { params: { id }, body: { homeScore: 1, awayScore: 0 } });
    await dora.reached(id, 2);
    expect(dora.seqs(id)).toEqual([1, 2]);
    await until(() => dora.of('heartbeat').some((digest) => (digest as Record<string, number>)[id] === 2), 10_000, 'a heartbeat that names the match');
  });
});
