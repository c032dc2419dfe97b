import { describe, expect, it } from '@jest/globals';
import { ViewerCounts } from './viewer-counts.js';

describe('a room is told of its viewers', () => {
  const of = (viewers: number): ReadonlyMap<string, number> => new Map([['match:final', viewers]]);

  it('when their number changed, and not otherwise', () => {
    const counts = new ViewerCounts();
    expect(counts.due(of(1), of(1), 0)).toEqual([{ room: 'match:final', viewers: 1 }]);
    expect(counts.due(of(1), of(1), 1_000)).toEqual([]);
    expect(counts.due(of(2), of(2), 2_000)).toEqual([{ room: 'match:final', viewers: 2 }]);
  });

  it('less often the more there are, and the last number is told in the end', () => {
    const counts = new ViewerCounts();
    const told = Array.from({ length: 30 }, (_, second) => counts.due(of(Math.min(10_000, (second + 1) * 1_000)), of(Math.min(10_000, (second + 1) * 1_000)), second * 1_000)).flat();
    expect(told.length).toBeLessThan(6);
    expect(told.at(-1)).toEqual({ room: 'match:final', viewers: 10_000 });
  });

  it('anew when it was empty in between', () => {
    const counts = new ViewerCounts();
    counts.due(of(5), of(5), 0);
    counts.due(new Map(), new Map(), 1_000);
    expect(counts.due(of(5), of(5), 2_000)).toHaveLength(1);
  });
});
