import { describe, expect, it } from '@jest/globals';
import { recognizeColumns, statsOf } from './columns.js';

const meaningOf = (header: readonly string[], columns: ReturnType<typeof recognizeColumns>) =>
  Object.fromEntries(Object.entries(columns.index).map(([meaning, at]) => [meaning, header[at]]));

describe('the columns of a file', () => {
  it('are known by their usual names, however they are written', () => {
    const header = ['Tournament Name', 'MATCH_ID', 'Kick-off', 'team', 'Opponent', 'Player', 'won', 'Team Goals', 'opponent_goals', 'Goals', 'pass accuracy', 'weather'];
    const columns = recognizeColumns(header, 'FIFA');
    expect(meaningOf(header, columns)).toEqual({
      tournament: 'Tournament Name', match: 'MATCH_ID', start: 'Kick-off', team: 'team', opponent: 'Opponent', player: 'Player', win: 'won', score: 'Team Goals', opponentScore: 'opponent_goals',
    });
    expect(columns.stats.map(({ name }) => name)).toEqual(['goals', 'passAccuracy']);
    expect(columns.ignored).toEqual(['weather']);
  });

  it('belong to the game first: a role is a stat of LOL and nothing of FIFA', () => {
    expect(recognizeColumns(['player', 'role'], 'LOL').stats.map(({ name }) => name)).toEqual(['role']);
    expect(recognizeColumns(['player', 'role'], 'FIFA').ignored).toEqual(['role']);
  });

  it('mean what they are told to mean', () => {
    const header = ['who', 'squad', 'team', 'frags'];
    const columns = recognizeColumns(header, 'CSGO', { meanings: { player: 'who', team: 'squad' }, stats: { kills: 'frags' } });
    expect(meaningOf(header, columns)).toEqual({ player: 'who', team: 'squad' });
    expect(columns.stats).toEqual([{ name: 'kills', numeric: true, index: 3 }]);
    expect(columns.ignored).toEqual(['team']);
    expect([...columns.told]).toEqual(['team', 'player']);
  });

  it('are refused when the file or the game has no such thing', () => {
    expect(() => recognizeColumns(['player'], 'CSGO', { meanings: { team: 'club' } })).toThrow('there is no column "club"');
    expect(() => recognizeColumns(['player'], 'CSGO', { stats: { goals: 'player' } })).toThrow('CSGO has no stat "goals"');
  });

  it('of each game are those of its schema', () => {
    expect(statsOf('CSGO')).toEqual(['kills', 'deaths', 'assists', 'headshots', 'damage', 'mvpStars', 'weapon']);
  });
});
