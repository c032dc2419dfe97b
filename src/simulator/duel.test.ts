import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gameNamed } from '../contracts/games/index.js';
import { DEMO_TEAMS, type DemoTeam } from './cast.js';
import { duel, isOver, type Beat, type DuelLine } from './duel.js';
import { SeededRandom } from './seeded-random.js';

const [home, away] = DEMO_TEAMS as [DemoTeam, DemoTeam];
const story = (seed: string) => duel(home, away, new SeededRandom(seed));
const stories = (check: (beats: Beat[]) => void) => fc.assert(fc.property(fc.string(), (seed) => check(story(seed))), { numRuns: 150 });
const linesOf = (beat: Beat): readonly DuelLine[] => ('lines' in beat ? beat.lines : []);

describe('a demo match', () => {
  it('tells the same story for the same seed, and another for another', () => {
    expect(story('a')).toEqual(story('a'));
    expect(story('a')).not.toEqual(story('b'));
  });

  it('begins once, ends once, and ends as MR12 does', () => {
    stories((beats) => {
      expect(beats[0]).toEqual({ kind: 'start' });
      expect(beats.filter(({ kind }) => kind === 'start')).toHaveLength(1);
      expect(beats.filter(({ kind }) => kind === 'end' || kind === 'forfeit')).toEqual([beats.at(-1)]);
      if (beats.at(-1)?.kind === 'forfeit') return;
      const last = beats.findLast((beat) => beat.kind === 'round');
      const [low = 0, high = 0] = last?.kind === 'round' ? [last.homeScore, last.awayScore].sort((a, b) => a - b) : [];
      if (low < 12) expect(high).toBe(13);
      else if (low === high) expect(high).toBe(12);
      else expect((high - 13) % 3).toBe(0);
    });
  });

  it('gives one point a round, and takes one back only by a correction', () => {
    stories((beats) => {
      const wrong: Beat[] = [];
      let [homeScore, awayScore] = [0, 0];
      let rounds = 0;
      for (const beat of beats) {
        if (!('homeScore' in beat)) continue;
        if (beat.kind === 'round') rounds += 1;
        const fell = beat.homeScore < homeScore || beat.awayScore < awayScore;
        if (fell !== (beat.kind === 'correction') || beat.homeScore + beat.awayScore !== rounds) wrong.push(beat);
        [homeScore, awayScore] = [beat.homeScore, beat.awayScore];
      }
      expect(wrong).toEqual([]);
    });
  });

  it('has a death for every kill, numbers that only grow, and lines the game takes', () => {
    const { stats } = gameNamed('CSGO');
    stories((beats) => {
      const now = new Map<string, DuelLine['stats']>();
      const wrong: unknown[] = [];
      for (const beat of beats) {
        for (const line of linesOf(beat)) {
          const before = now.get(line.userId);
          const grows = (['kills', 'deaths', 'assists', 'headshots', 'damage', 'mvpStars'] as const).every((stat) => line.stats[stat] >= (before?.[stat] ?? 0));
          if (!grows || line.stats.headshots > line.stats.kills || !stats.safeParse(line.stats).success) wrong.push(line);
          now.set(line.userId, line.stats);
        }
        const sum = (stat: 'kills' | 'deaths') => [...now.values()].reduce((total, line) => total + line[stat], 0);
        if (sum('kills') !== sum('deaths')) wrong.push(beat);
      }
      expect(wrong).toEqual([]);
    });
  });

  it('is over at 13, at 12-12 only without overtime, and each overtime is won by four of six', () => {
    expect([isOver(13, 11, true), isOver(12, 11, true), isOver(12, 12, true), isOver(12, 12, false)]).toEqual([true, false, false, true]);
    expect([isOver(15, 12, true), isOver(16, 12, true), isOver(16, 14, true), isOver(15, 15, true), isOver(16, 15, true), isOver(15, 19, true)]).toEqual([false, true, true, false, false, true]);
  });

  it('has now and then a draw, a forfeit, an overtime and a correction', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 400; seed += 1) {
      for (const beat of story(String(seed))) {
        kinds.add(beat.kind);
        if (beat.kind === 'round' && beat.homeScore > 15) kinds.add('overtime');
      }
      const last = story(String(seed)).findLast((beat) => beat.kind === 'round');
      if (last?.homeScore === 12 && last.awayScore === 12) kinds.add('draw');
    }
    expect([...kinds].sort()).toEqual(['correction', 'draw', 'end', 'fight', 'forfeit', 'overtime', 'round', 'start']);
  });
});
