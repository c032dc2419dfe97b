import { beforeEach, describe, expect, it } from '@jest/globals';
import { Digests } from './digests.js';

const HEARTBEAT_MS = 5_000;

describe('the digests of a tournament', () => {
  let now = 0;
  let digests: Digests;
  const feeds = new Map<string, { seq: number }>();
  const named = (): string[] => Object.keys(digests.next('cup', feeds) ?? {});
  const beat = (): string[] => {
    now += HEARTBEAT_MS;
    digests.tidy(new Set(['cup']));
    return named();
  };
  const move = (id: string): void => {
    feeds.set(id, { seq: (feeds.get(id)?.seq ?? 0) + 1 });
    digests.moved(id);
  };
  const open = (matches: number): void => {
    feeds.clear();
    for (let index = 0; index < matches; index += 1) feeds.set(`m${String(index)}`, { seq: 3 });
    named();
  };
  beforeEach(() => {
    now = 7;
    digests = new Digests({ heartbeatMs: HEARTBEAT_MS, now: () => now });
  });

  it('name a small one whole, every time', () => {
    open(60);
    for (let beats = 0; beats < 3; beats += 1) expect(beat()).toHaveLength(60);
  });

  it('name a part of a large one, all of it in turn', () => {
    open(2_001);
    const seen = new Map<string, number>();
    for (let beats = 0; beats < 42; beats += 1) {
      const ids = beat();
      expect(ids.length).toBeLessThanOrEqual(100);
      for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    expect(seen.size).toBe(2_001);
    expect(Math.min(...seen.values())).toBe(2);
  });

  it('name a match that moved in the heartbeats after it, not in the breath in which it moved', () => {
    open(2_001);
    now += HEARTBEAT_MS - 100;
    move('m1500');
    now += 100;
    expect(named()).not.toContain('m1500');
    for (let beats = 0; beats < 6; beats += 1) {
      now += HEARTBEAT_MS;
      expect(digests.next('cup', feeds)).toMatchObject({ m1500: 4 });
    }
    expect(beat()).not.toContain('m1500');
  });

  it('name a match that is scheduled later at once and a few times more, though nothing happened in it', () => {
    open(2_001);
    feeds.set('late', { seq: 0 });
    for (let beats = 0; beats < 4; beats += 1) expect(beat()).toContain('late');
  });

  it('say nothing where everything has just been said, and something where there is nothing to name', () => {
    open(1);
    move('m0');
    expect(digests.next('cup', feeds)).toBeNull();
    feeds.clear();
    expect(digests.next('cup', feeds)).toEqual({});
  });

  it('name no match of which the room has been forgotten', () => {
    open(3);
    feeds.delete('m1');
    expect(beat()).toEqual(['m0', 'm2']);
  });
});
