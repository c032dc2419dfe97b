import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../../contracts/match.js';
import { standings } from './standings.rules.js';

const team = (id: string, name = id.toUpperCase()) => ({ id, name });
const result = (homeId: string, awayId: string, homeScore: number, awayScore: number, winnerId: string | null, outcome: Outcome = 'played') => ({ homeId, awayId, homeScore, awayScore, winnerId, outcome });
const short = (rows: ReturnType<typeof standings>) => rows.map(({ rank, participant, played, wins, draws, losses, points }) => [rank, participant.id, played, wins, draws, losses, points]);

describe('standings', () => {
  it('lists everybody before the first match, by name', () => {
    expect(short(standings([team('b'), team('a')], []))).toEqual([[1, 'a', 0, 0, 0, 0, 0], [2, 'b', 0, 0, 0, 0, 0]]);
  });

  it('gives 3 points a win, 1 a draw', () => {
    const rows = standings([team('a'), team('b'), team('c')], [result('a', 'b', 2, 1, 'a'), result('b', 'c', 1, 1, null), result('c', 'a', 0, 4, 'a')]);
    expect(short(rows)).toEqual([[1, 'a', 2, 2, 0, 0, 6], [2, 'b', 2, 0, 1, 1, 1], [3, 'c', 2, 0, 1, 1, 1]]);
    expect(rows[0]).toMatchObject({ scoreFor: 6, scoreAgainst: 1 });
  });

  it('counts a forfeit as won and lost, a double forfeit as lost by both, a tie with a winner as won', () => {
    const rows = standings([team('a'), team('b')], [result('a', 'b', 0, 0, 'b', 'forfeit'), result('a', 'b', 0, 0, null, 'double_forfeit'), result('a', 'b', 1, 1, 'a')]);
    expect(short(rows)).toEqual([[1, 'a', 3, 1, 0, 2, 3], [2, 'b', 3, 1, 0, 2, 3]]);
  });

  it('orders equal points by difference, then by scored, then by name, then by id', () => {
    const rows = standings(
      [team('a', 'Same'), team('b', 'Same'), team('c', 'Other'), team('d'), team('e'), team('x')],
      [result('d', 'x', 1, 0, 'd'), result('e', 'x', 3, 1, 'e'), result('a', 'x', 2, 1, 'a'), result('b', 'x', 2, 1, 'b'), result('c', 'x', 2, 1, 'c')],
    );
    expect(rows.map((row) => row.participant.id)).toEqual(['e', 'c', 'a', 'b', 'd', 'x']);
  });

  it('leaves out matches of participants that are not there', () => {
    expect(short(standings([team('a')], [result('a', 'gone', 1, 0, 'a')]))).toEqual([[1, 'a', 1, 1, 0, 0, 3]]);
  });

  it('adds up, whatever was played and in whatever order', () => {
    const ids = ['a', 'b', 'c', 'd'] as const;
    const pair = fc.constantFrom(...ids.flatMap((home) => ids.filter((away) => away !== home).map((away) => [home, away] as const)));
    const score = fc.integer({ min: 0, max: 5 });
    const anyResult = fc.tuple(pair, score, score, fc.constantFrom('home', 'away', 'none', 'double')).map(([[home, away], hs, as, winner]) =>
      result(home, away, hs, as, winner === 'home' ? home : winner === 'away' ? away : null, winner === 'double' ? 'double_forfeit' : 'played'),
    );
    fc.assert(
      fc.property(fc.array(anyResult), (results) => {
        const rows = standings(ids.map((id) => team(id)), results);
        const sum = (key: 'played' | 'wins' | 'draws' | 'losses' | 'scoreFor' | 'scoreAgainst' | 'points'): number => rows.reduce((total, row) => total + row[key], 0);
        expect(rows.map((row) => row.rank)).toEqual([1, 2, 3, 4]);
        expect(sum('played')).toBe(2 * results.length);
        expect(sum('scoreFor')).toBe(sum('scoreAgainst'));
        expect(sum('points')).toBe(3 * sum('wins') + sum('draws'));
        for (const row of rows) expect(row.wins + row.draws + row.losses).toBe(row.played);
        rows.forEach((row, index) => expect(row.points).toBeLessThanOrEqual(rows[index - 1]?.points ?? Infinity));
        expect(standings(ids.map((id) => team(id)).reverse(), [...results].reverse())).toEqual(rows);
      }),
    );
  });
});
