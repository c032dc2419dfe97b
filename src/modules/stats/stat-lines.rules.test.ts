import { describe, expect, it } from '@jest/globals';
import type { Game } from '../../contracts/games/index.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { Refusal, type FieldFault } from '../../contracts/refusal.js';
import type { StatLineBody } from '../../contracts/stats.js';
import { checkLines } from './stat-lines.rules.js';

const match = { home: { id: 'home', name: 'H' }, away: { id: 'away', name: 'A' } } as MatchSnapshot;
const line = (stats: Record<string, unknown>, userId = 'u1', participantId = 'home'): StatLineBody => ({ userId, participantId, stats });
const faults = (game: Game, lines: StatLineBody[]): FieldFault[] => {
  try {
    checkLines(game, match, lines);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'UNPROCESSABLE') return error.details as FieldFault[];
    throw error;
  }
  return [];
};
const paths = (game: Game, lines: StatLineBody[]): string[] => faults(game, lines).map(({ path }) => path);

describe('stat lines against their game and match', () => {
  it('pass with the stats of their game, which may be some of them', () => {
    expect(checkLines('CSGO', match, [line({ kills: 30, deaths: 0, weapon: 'AK-47' }), line({ kills: 1 }, 'u2', 'away')])).toHaveLength(2);
    expect(checkLines('FIFA', match, [line({ goals: 1, passAccuracy: 87.5, possession: 0 })])[0]?.stats).toEqual({ goals: 1, passAccuracy: 87.5, possession: 0 });
    expect(checkLines('LOL', match, [line({ champion: 'Kai\'Sa 🦄', role: 'ＡＤＣ' })])[0]?.stats).toEqual({ champion: 'Kai\'Sa 🦄', role: 'ＡＤＣ' });
  });

  it.each<[what: string, game: Game, stats: Record<string, unknown>, path: string]>([
    ['a negative count', 'CSGO', { kills: -1 }, 'lines.0.stats.kills'],
    ['half a kill', 'CSGO', { kills: 1.5 }, 'lines.0.stats.kills'],
    ['a number beyond all careers', 'LOL', { gold: 1_000_000_001 }, 'lines.0.stats.gold'],
    ['infinity', 'CSGO', { damage: Infinity }, 'lines.0.stats.damage'],
    ['no number', 'CSGO', { damage: NaN }, 'lines.0.stats.damage'],
    ['a number as text', 'CSGO', { kills: '10' }, 'lines.0.stats.kills'],
    ['null', 'CSGO', { kills: null }, 'lines.0.stats.kills'],
    ['a list', 'CSGO', { kills: [1] }, 'lines.0.stats.kills'],
    ['more than all of the ball', 'FIFA', { possession: 100.1 }, 'lines.0.stats.possession'],
    ['a stat of another game', 'CSGO', { kills: 1, goals: 1 }, 'lines.0.stats.goals'],
    ['an unknown stat', 'LOL', { kills: 1, luck: 7 }, 'lines.0.stats.luck'],
    ['a weapon without a name', 'CSGO', { weapon: '  ' }, 'lines.0.stats.weapon'],
    ['a weapon that is a number', 'CSGO', { weapon: 47 }, 'lines.0.stats.weapon'],
    ['a name without end', 'LOL', { champion: 'x'.repeat(65) }, 'lines.0.stats.champion'],
    ['nothing at all', 'CSGO', {}, 'lines.0.stats'],
  ])('refuse %s', (_, game, stats, path) => {
    expect(paths(game, [line(stats)])).toEqual([path]);
  });

  it('refuse a side that does not play, and the same player twice', () => {
    expect(paths('CSGO', [line({ kills: 1 }), line({ kills: 1 }, 'u2', 'third'), line({ kills: 2 })])).toEqual(['lines.1.participantId', 'lines.2.userId']);
  });

  it('name every fault, up to more than anybody reads', () => {
    expect(paths('CSGO', [line({ kills: -1, luck: 1 }, 'u1', 'nobody')]).sort()).toEqual(['lines.0.participantId', 'lines.0.stats.kills', 'lines.0.stats.luck']);
    expect(faults('CSGO', Array.from({ length: 1000 }, (_, index) => line({ kills: -1 }, `u${String(index)}`)))).toHaveLength(50);
  });
});
