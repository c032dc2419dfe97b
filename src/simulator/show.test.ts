import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MatchSnapshot } from '../contracts/match.js';
import { ID_PATTERN } from '../contracts/id.js';
import { DEMO_TEAMS } from './cast.js';
import { runOf, Show, type Action } from './show.js';

const HOUR_MS = 3_600_000;

/** Plays for so long; `before` sees each action before it is taken. */
function play(show: Show, forMs: number, before: (action: Action) => void = () => undefined): void {
  for (let ms = 0; ms < forMs; ) {
    const action = show.next();
    before(action);
    show.performed(action);
    ms += action.pauseMs;
  }
}

const snapshot = (id: string, status: MatchSnapshot['status'], homeScore: number, awayScore: number): MatchSnapshot => ({
  id, tournamentId: 'demo', seq: 1, status, homeScore, awayScore,
  home: { id: DEMO_TEAMS[0]?.id ?? '', name: '' }, away: { id: DEMO_TEAMS[1]?.id ?? '', name: '' },
  winnerId: null, outcome: null, round: null, bestOf: null, scheduledAt: null, startedAt: null, endedAt: null, updatedAt: '',
});

describe('the demo', () => {
  it('has three or four matches on, no team in two of them, and at most 100 an hour', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const ids = new Set<string>();
        let began = false;
        let twice = false;
        let fewest = 4;
        play(new Show(seed, 1), HOUR_MS, ({ playing }) => ids.add(playing.id));
        const show = new Show(seed, 1);
        play(show, HOUR_MS / 6, () => {
          const live = show.playing.filter(({ at }) => at > 0).length;
          began ||= live === 4;
          const teams = show.playing.flatMap(({ home, away }) => [home.id, away.id]);
          if (began) fewest = Math.min(fewest, live);
          twice ||= new Set(teams).size !== teams.length;
        });
        expect({ fewest, twice }).toEqual({ fewest: 3, twice: false });
        expect(ids.size).toBeGreaterThan(20);
        expect(ids.size).toBeLessThanOrEqual(100);
      }),
      { numRuns: 10 },
    );
  });

  it('tells the same story for the same seed and run', () => {
    const told = (run: number) => {
      const actions: string[] = [];
      play(new Show('seed', run), HOUR_MS / 10, ({ playing, beat, pauseMs }) => actions.push(JSON.stringify([playing.id, beat, pauseMs])));
      return actions;
    };
    expect(told(1)).toEqual(told(1));
    expect(told(1)).not.toEqual(told(2));
  });

  it('is in the thick of it at once when it begins afresh', () => {
    const show = new Show('seed', 1);
    play(show, 1);
    const rounds = show.playing.map(({ beats, at }) => beats.slice(0, at).filter(({ kind }) => kind === 'round').length);
    expect(rounds).toEqual([15, 9, 4, 0]);
  });

  it('goes on with the matches of an earlier run where they stand', () => {
    const first = new Show('seed', 1, [snapshot('demo-7-1', 'LIVE', 0, 0)]).playing[0];
    const round = first?.beats.find((beat) => beat.kind === 'round' && beat.homeScore + beat.awayScore === 5);
    if (round?.kind !== 'round') throw new Error('no fifth round');
    const { playing } = new Show('seed', 8, [snapshot('demo-7-1', 'LIVE', round.homeScore, round.awayScore), snapshot('demo-7-2', 'SCHEDULED', 0, 0), snapshot('demo-7-3', 'LIVE', 99, 99)]);
    expect(playing.map(({ id }) => id)).toEqual(['demo-7-1', 'demo-7-2']);
    expect(playing[0]?.beats[playing[0].at - 1]).toEqual(round);
    expect(playing[1]?.beats[playing[1].at]).toEqual({ kind: 'start' });
  });

  it('knows its own matches from everybody else\'s', () => {
    expect(['demo-12-3', 'try-me', 'demo-final', 'demo-1-2-3'].map(runOf)).toEqual([12, undefined, undefined, undefined]);
  });

  it('has a cast whose ids are ids, each once', () => {
    const ids = DEMO_TEAMS.flatMap(({ id, players }) => [id, ...players.map((player) => player.id)]);
    expect(new Set(ids).size).toBe(12 * 6);
    for (const id of ids) expect(id).toMatch(ID_PATTERN);
  });
});
