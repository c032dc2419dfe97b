import { describe, expect, it } from '@jest/globals';
import { SharedReads } from './shared-reads.js';

/** Reads that are answered when the test says so. */
class Library {
  readonly asked: string[][] = [];
  private readonly answers: ((values: Map<string, string>) => void)[] = [];
  readonly reads: SharedReads<string, string>;

  constructor(restMinMs?: number) {
    this.reads = new SharedReads((keys) => {
      this.asked.push(keys);
      return new Promise((resolve) => this.answers.push(resolve));
    }, restMinMs);
  }

  answer(): void {
    const at = this.answers.length - 1;
    this.answers[at]?.(new Map(this.asked[at]?.map((key) => [key, `${key} of read ${String(at + 1)}`])));
  }
}

/** Keeps the event loop, timers and all, as a flood of messages does. */
function occupy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('shared reads', () => {
  it('answer whoever asks while one is under way with the next, never with that one', async () => {
    const library = new Library();
    const first = library.reads.read('a');
    const [second, third] = [library.reads.read('a'), library.reads.read('b')];
    library.answer();
    expect(await first).toBe('a of read 1');
    while (library.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    library.answer();
    expect(await Promise.all([second, third])).toEqual(['a of read 2', 'b of read 2']);
    expect(library.asked).toEqual([['a'], ['a', 'b']]);
  });

  it('rest as long as a few of the last, and begin when that is over though the event loop never comes to its timers', async () => {
    const library = new Library();
    const first = library.reads.read('a');
    occupy(10);
    library.answer();
    await first;
    const second = library.reads.read('b');
    expect(library.asked).toEqual([['a']]);
    // Longer than any rest: on a busy machine the ten milliseconds above may have been thirty.
    occupy(110);
    const third = library.reads.read('c');
    expect(library.asked).toEqual([['a'], ['b', 'c']]);
    library.answer();
    expect(await Promise.all([second, third])).toEqual(['b of read 2', 'c of read 2']);
  });

  it('rest no shorter than is said, however fast the last was', async () => {
    const library = new Library(50);
    const first = library.reads.read('a');
    library.answer();
    await first;
    const answered = performance.now();
    const second = library.reads.read('b');
    while (library.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    // Timers count whole milliseconds.
    expect(performance.now() - answered).toBeGreaterThanOrEqual(48);
    library.answer();
    expect(await second).toBe('b of read 2');
  });
});
