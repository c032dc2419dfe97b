import { describe, expect, it } from '@jest/globals';
import { inParallel } from './in-parallel.js';
import { Progress, sayFaults } from './terminal.js';

function written(isTTY: boolean) {
  const lines: string[] = [];
  let time = 1;
  const progress = new Progress({ isTTY, write: (text: string | Uint8Array) => lines.push(String(text)) > 0 }, () => time);
  return { lines, progress, pass: (ms: number) => (time += ms) };
}

describe('what a tool says', () => {
  it('is a line now and then in a log', () => {
    const { lines, progress, pass } = written(false);
    for (let done = 0; done < 120; done += 1) {
      progress.show(String(done));
      pass(100);
    }
    progress.done();
    expect(lines).toEqual(['50\n', '100\n']);
  });

  it('is one line redrawn on a terminal, and gone at the end', () => {
    const { lines, progress, pass } = written(true);
    pass(1000);
    progress.show('1 of 2');
    progress.show('2 of 2');
    progress.done();
    expect(lines).toEqual(['\r\u001b[2K1 of 2', '\r\u001b[2K']);
  });

  it('counts the faults it does not show', () => {
    const lines: string[] = [];
    sayFaults([1, 2, 3].map((line) => ({ line, reason: 'bad' })), (line) => lines.push(line), 2);
    expect(lines).toEqual(['  line 1: bad', '  line 2: bad', '  and 1 more']);
  });
});

describe('work in parallel', () => {
  it('does everything, so many at a time', async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now -= 1;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('begins nothing new after a failure', async () => {
    const begun: number[] = [];
    const work = inParallel(2, [1, 2, 3, 4, 5], async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 2) throw new Error('two');
    });
    await expect(work).rejects.toThrow('two');
    expect(begun.length).toBeLessThan(5);
  });
});
