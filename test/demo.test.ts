/** The demo tournament against a real server: it plays, goes on after a restart, and stops when told to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { DEMO_TOURNAMENT, Poster } from '../src/simulator/poster.js';
import { Show } from '../src/simulator/show.js';
import { PatientClient } from '../src/tools/patience.js';
import { openArena, type Arena } from './arena/arena.js';
import { until } from './arena/until.js';

const simulator = fileURLToPath(new URL('../dist/simulator/main.js', import.meta.url));

describe('the demo on a real server', () => {
  let arena: Arena;
  let client: RestClient;
  let poster: Poster;

  beforeAll(async () => {
    arena = await openArena({ redis: false });
    client = await arena.rest(0, 'ORGANIZER', 'demo-organizer');
    poster = new Poster(new PatientClient(client, { giveUpAfterMs: 10_000 }));
  });
  afterAll(() => arena.close());

  const matches = async () => (await client.call(api.listTournamentMatches, { params: { id: DEMO_TOURNAMENT }, query: { limit: '200' } })).data;
  const liveMatches = async () => (await matches()).filter(({ status }) => status === 'LIVE');

  async function play(show: Show, actions: number): Promise<void> {
    const outcomes = new Set<string>();
    for (let taken = 0; taken < actions; taken += 1) {
      const action = show.next();
      outcomes.add(await poster.perform(action));
      show.performed(action);
    }
    expect([...outcomes]).toEqual(['done']);
  }

  it('is taken by the server as it comes, match after match', async () => {
    await poster.enterCast();
    const { run } = await poster.lookAround();
    expect(run).toBe(1);
    await play(new Show('seed', run), 170);
    const all = await matches();
    expect(all.filter(({ status }) => status === 'COMPLETED').length).toBeGreaterThan(0);
    expect((await liveMatches()).length).toBeGreaterThanOrEqual(3);
  });

  it('goes on with what an earlier run left, and leaves alone what is not its own', async () => {
    const [home, away] = (await client.call(api.listParticipants, { params: { id: DEMO_TOURNAMENT }, query: {} })).data;
    await client.call(api.createMatch, { params: { id: DEMO_TOURNAMENT }, body: { id: 'try-me', homeParticipantId: home?.id ?? '', awayParticipantId: away?.id ?? '' } });
    await client.call(api.startMatch, { params: { id: 'try-me' } });
    const before = (await liveMatches()).filter(({ id }) => id !== 'try-me');
    await poster.enterCast();
    const { run, unfinished } = await poster.lookAround();
    expect(run).toBe(2);
    const show = new Show('seed', run, unfinished);
    expect(show.playing.map(({ id }) => id)).toEqual(unfinished.map(({ id }) => id));
    await play(show, 200);
    for (const { id, seq } of before) expect((await client.call(api.getMatch, { params: { id } })).seq).toBeGreaterThan(seq);
    expect(await client.call(api.getMatch, { params: { id: 'try-me' } })).toMatchObject({ status: 'LIVE', seq: 1, homeScore: 0 });
  });

  it('puts away what nobody can play on', async () => {
    await poster.putAway((await liveMatches()).filter(({ id }) => id !== 'try-me'));
    expect((await liveMatches()).map(({ id }) => id)).toEqual(['try-me']);
  });

  it('runs as a process of its own, and ends at once on SIGTERM', async () => {
    const token = await arena.token('ORGANIZER', 'demo-organizer');
    const child = spawn(process.execPath, [simulator], { env: { ...process.env, GRANDSTAND_URL: arena.at(0).url, GRANDSTAND_TOKEN: token }, stdio: 'ignore' });
    const ended = once(child, 'exit');
    try {
      await until(async () => (await liveMatches()).length >= 4, 40_000, 'four live matches');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
