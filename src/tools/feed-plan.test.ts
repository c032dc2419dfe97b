import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planFeed, type FeedStep } from './feed-plan.js';

let second = 0;
const at = () => new Date(Date.UTC(2026, 0, 1, 12, 0, second++)).toISOString();
const json = (events: object[]) => events.map((event) => JSON.stringify(event)).join('\n');
const started = () => ({ at: at(), type: 'match_start', map: 'de_somewhere' });
const over = () => ({ at: at(), type: 'game_over', text: 'Game Over' });
const ended = (round: number, ct: number, t: number) => ({ at: at(), type: 'round_end', round, winnerSide: 'CT', reason: 'CTs_Win', ct, t });
/** `a…` and `b…` are the two teams; `ct` says which of them defends in this round. */
const kill = (round: number, killer: string, victim: string, ct: 'a' | 'b', weapon = 'ak47', headshot = false) => ({
  at: at(), type: 'kill', round, weapon, headshot,
  killer: killer.toUpperCase(), killerRef: killer, killerSide: killer.startsWith(ct) ? 'CT' : 'TERRORIST',
  victim: victim.toUpperCase(), victimRef: victim, victimSide: victim.startsWith(ct) ? 'CT' : 'TERRORIST',
});
const scores = (steps: readonly FeedStep[]) => steps.flatMap((step) => (step.kind === 'round' ? [`${String(step.homeScore)}-${String(step.awayScore)}`] : []));

describe('the plan of a feed', () => {
  it('follows a team to the other side at half time', () => {
    const plan = planFeed(json([
      started(),
      kill(1, 'a1', 'b1', 'a'), ended(1, 1, 0),
      kill(2, 'a2', 'b1', 'a'), ended(2, 2, 0),
      kill(3, 'b1', 'a1', 'b'), ended(3, 1, 2),
      over(),
    ]));
    expect(scores(plan.steps)).toEqual(['1-0', '2-0', '2-1']);
    expect(plan.steps.map((step) => step.kind)).toEqual(['start', 'round', 'round', 'round', 'end']);
    expect(plan.home.players.map(({ name }) => name)).toEqual(['A1', 'A2']);
  });

  it('keeps the home team over a series, whichever side it begins on', () => {
    const plan = planFeed(json([started(), kill(1, 'b1', 'a1', 'b'), ended(1, 1, 0), over()]));
    expect(plan.home.players[0]?.ref).toBe('a1');
    expect(scores(plan.steps)).toEqual(['0-1']);
  });

  it('reads a round in which nobody fell from the score', () => {
    const plan = planFeed(json([started(), kill(1, 'a1', 'b1', 'a'), ended(1, 1, 0), ended(2, 2, 0), ended(3, 0, 3), over()]));
    expect(scores(plan.steps)).toEqual(['1-0', '2-0', '3-0']);
  });

  it('sends full lines, of those alone whose numbers changed', () => {
    const plan = planFeed(json([
      started(),
      kill(1, 'a1', 'b1', 'a', 'awp', true), { at: at(), type: 'assist', round: 1, player: 'A2', playerRef: 'a2', victimRef: 'b1' }, kill(1, 'b2', 'a2', 'a'), ended(1, 1, 0),
      kill(2, 'a1', 'b2', 'a', 'glock'), kill(2, 'a1', 'b1', 'a', 'glock'), ended(2, 2, 0),
      over(),
    ]));
    const [, first, second] = plan.steps;
    expect(first).toMatchObject({
      lines: [
        { ref: 'a1', stats: { kills: 1, deaths: 0, assists: 0, headshots: 1, weapon: 'awp' } },
        { ref: 'a2', stats: { kills: 0, deaths: 1, assists: 1, headshots: 0 } },
        { ref: 'b1', stats: { kills: 0, deaths: 1 } },
        { ref: 'b2', stats: { kills: 1, deaths: 0 } },
      ],
    });
    expect(second).toMatchObject({
      lines: [
        { ref: 'a1', stats: { kills: 3, deaths: 0, assists: 0, headshots: 1, weapon: 'glock' } },
        { ref: 'b1', stats: { deaths: 2 } },
        { ref: 'b2', stats: { kills: 1, deaths: 1 } },
      ],
    });
  });

  it('counts a team kill for nobody', () => {
    const plan = planFeed(json([started(), kill(1, 'a1', 'b1', 'a'), kill(1, 'a1', 'a2', 'a'), ended(1, 1, 0), over()]));
    expect(plan).toMatchObject({ kills: 1, teamKills: 1 });
    expect(plan.steps[1]).toMatchObject({ lines: [{ ref: 'a1', stats: { kills: 1 } }, { ref: 'b1', stats: { deaths: 1 } }] });
  });

  it('names each line that cannot be read and plays the rest', () => {
    const broken = ['{"at":', JSON.stringify({ at: at(), type: 'weather' }), JSON.stringify({ ...ended(9, 1, 0), ct: -1 }), JSON.stringify({ ...kill(1, 'a1', 'b1', 'a'), killerSide: 'SPECTATOR' })];
    const plan = planFeed([json([started(), kill(1, 'a1', 'b1', 'a')]), ...broken, '', json([ended(1, 1, 0), over(), over()])].join('\n'));
    expect(plan.faults.map(({ line }) => line)).toEqual([3, 4, 5, 6, 10]);
    expect(plan.faults[0]?.reason).toMatch(/^not JSON/);
    expect(plan.faults[2]?.reason).toMatch(/^ct: /);
    expect(plan.faults[3]?.reason).toMatch(/^killerSide: /);
    expect(scores(plan.steps)).toEqual(['1-0']);
  });

  it('starts with the first event where the recording began late', () => {
    expect(planFeed(json([ended(7, 4, 3)])).steps.map((step) => step.kind)).toEqual(['start', 'round']);
  });

  it('keeps the score of any game whose teams change sides at any time', () => {
    const rounds = fc.array(fc.record({ aWins: fc.boolean(), swap: fc.boolean() }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(rounds, (list) => {
        let ct: 'a' | 'b' = 'a';
        const score = { a: 0, b: 0 };
        const expected: string[] = [];
        const events: object[] = [started()];
        for (const [index, { aWins, swap }] of list.entries()) {
          if (swap) ct = ct === 'a' ? 'b' : 'a';
          score[aWins ? 'a' : 'b'] += 1;
          events.push(kill(index + 1, aWins ? 'a1' : 'b1', aWins ? 'b1' : 'a1', ct));
          events.push(ct === 'a' ? ended(index + 1, score.a, score.b) : ended(index + 1, score.b, score.a));
          expected.push(`${String(score.a)}-${String(score.b)}`);
        }
        expect(scores(planFeed(json(events)).steps)).toEqual(expected);
      }),
    );
  });
});
