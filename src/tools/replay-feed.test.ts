import { describe, expect, it } from '@jest/globals';
import { api, type Endpoint } from '../contracts/api.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { RestRefusal, type CallOptions } from '../contracts/rest-client.js';
import { planFeed } from './feed-plan.js';
import { PatientClient } from './patience.js';
import { replayFeed } from './replay-feed.js';

const line = (second: number, event: object) => JSON.stringify({ at: new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString(), ...event });
const FEED = [
  line(0, { type: 'match_start' }),
  line(5, { type: 'kill', round: 1, killer: 'Ann', killerSide: 'CT', victim: 'Bob', victimSide: 'TERRORIST', weapon: 'awp', headshot: true }),
  line(10, { type: 'round_end', round: 1, ct: 1, t: 0 }),
  line(30, { type: 'round_end', round: 2, ct: 2, t: 0 }),
  line(60, { type: 'game_over' }),
].join('\n');

/** Answers for a server, taking its time; each call is kept with the moment it came. */
class Stage extends PatientClient {
  time = 1_000_000;
  readonly calls: { at: number; endpoint: Endpoint; options: CallOptions<Endpoint> }[] = [];
  match: Partial<MatchSnapshot> | undefined;
  refuse: Endpoint | undefined;

  constructor(private readonly answerMs: number) {
    super(undefined as never, { giveUpAfterMs: 0 });
  }

  override ask<E extends Endpoint>(endpoint: E, options: CallOptions<E>): Promise<never> {
    this.calls.push({ at: this.time, endpoint, options });
    this.time += this.answerMs;
    const refused = (status: number, code: 'NOT_FOUND' | 'UNPROCESSABLE') => Promise.reject(new RestRefusal(status, { type: '', title: code, status, detail: code, code }, undefined));
    if ((endpoint as Endpoint) === this.refuse) return refused(422, 'UNPROCESSABLE');
    if ((endpoint as Endpoint) === api.createMatch) this.match = { id: 'm', tournamentId: 't', seq: 0, status: 'SCHEDULED', home: { id: 'h', name: 'Home' }, away: { id: 'a', name: 'Away' }, homeScore: 0, awayScore: 0 };
    if ((endpoint as Endpoint) === api.getMatch && !this.match) return refused(404, 'NOT_FOUND');
    return Promise.resolve({ ...this.match, game: 'CSGO' } as never);
  }

  times(endpoint: Endpoint): number[] {
    return this.calls.filter((call) => call.endpoint === endpoint).map(({ at }) => at);
  }
}

const play = (stage: Stage, speed: number) => {
  const clock = { now: () => stage.time, sleep: (ms: number) => Promise.resolve((stage.time += ms)) };
  return replayFeed({ client: stage, plan: planFeed(FEED), names: { file: 'feed.jsonl', text: FEED, tournamentId: 't', matchId: 'm' }, speed, clock, say: () => undefined });
};

describe('a replay', () => {
  it('posts everything when it is due, however long the server takes to answer', async () => {
    const stage = new Stage(300);
    await play(stage, 10);
    const [began = 0] = stage.times(api.startMatch);
    expect(stage.times(api.putStats).map((at) => at - began)).toEqual([1000]);
    expect(stage.times(api.postScore).map((at) => at - began)).toEqual([1300, 3000]);
    expect(stage.times(api.endMatch).map((at) => at - began)).toEqual([6000]);
  });

  it('waits for nothing at full speed', async () => {
    const stage = new Stage(0);
    await play(stage, 0);
    expect(stage.time).toBe(1_000_000);
  });

  it('gives each line a key of its own, the same one every time', async () => {
    const keys = async () => {
      const stage = new Stage(0);
      await play(stage, 0);
      return stage.calls.flatMap(({ options }) => (options as { idempotencyKey?: string }).idempotencyKey ?? []);
    };
    const first = await keys();
    expect(new Set(first).size).toBe(5);
    expect(await keys()).toEqual(first);
  });

  it('says which line was refused and plays the others', async () => {
    const stage = new Stage(0);
    stage.refuse = api.putStats;
    const report = await play(stage, 0);
    expect(report.refused).toEqual([{ line: 3, reason: '422 UNPROCESSABLE: UNPROCESSABLE' }]);
    expect(report).toMatchObject({ result: 'played', rounds: 2, statLines: 0 });
  });

  it('does nothing to a match that is over, and refuses one it cannot continue', async () => {
    const over = new Stage(0);
    over.match = { id: 'm', tournamentId: 't', status: 'COMPLETED' };
    expect(await play(over, 0)).toMatchObject({ result: 'already' });
    expect(over.calls.map(({ endpoint }) => endpoint.method)).toEqual(['GET']);
    const strange = new Stage(0);
    strange.match = { id: 'm', tournamentId: 't', status: 'LIVE', homeScore: 7, awayScore: 7, home: { id: 'h', name: '' }, away: { id: 'a', name: '' } };
    await expect(play(strange, 0)).rejects.toThrow('stands at 7-7');
  });
});
