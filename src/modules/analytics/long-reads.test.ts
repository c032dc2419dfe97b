import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../../contracts/refusal.js';
import { LongReads } from './long-reads.js';

/** Work that is begun, and ends when it is told to. */
function work() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return { begun, end: (name: string) => ends.get(name)?.(), of: (name: string) => () => new Promise<string>((resolve) => { begun.push(name); ends.set(name, () => { resolve(name); }); }) };
}
const turn = () => new Promise((next) => setImmediate(next));

describe('Reads that take long', () => {
  it('run a few at a time, in the order in which they came', async () => {
    const [long, { begun, end, of }] = [new LongReads(2), work()];
    const answers = ['a', 'b', 'c', 'd'].map((name) => long.read(name, of(name)));
    await turn();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c']) end(name);
    await turn();
    end('d');
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are one for all who ask the same meanwhile, begun after each of them asked', async () => {
    const long = new LongReads(2);
    let [running, times] = [(): void => undefined, 0];
    const read = () => long.read('same', () => new Promise<number>((resolve) => { times += 1; const mine = times; running = () => { resolve(mine); }; }));
    const answers = [read(), read(), read()];
    running();
    expect(await answers[0]).toBe(1);
    await turn();
    running();
    expect(await Promise.all(answers)).toEqual([1, 2, 2]);
  });

  it('are refused when none ends in time, and leave the place to the next', async () => {
    const [long, { begun, end, of }] = [new LongReads(1, 1), work()];
    const first = long.read('a', of('a'));
    await expect(long.read('b', of('b'))).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('narrow it down by game, tournament or date') });
    end('a');
    await first;
    const third = long.read('c', of('c'));
    await turn();
    end('c');
    expect(await third).toBe('c');
    expect(begun).toEqual(['a', 'c']);
  });

  it('say how to ask for less when the database gave them up, and give their place back', async () => {
    const long = new LongReads(1);
    const failing = (code: string) => long.read(code, () => Promise.reject(Object.assign(new Error('x'), { code })));
    const refused = await failing('57014').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('narrow it down'), retryAfter: 5 });
    await expect(failing('57P01')).rejects.not.toBeInstanceOf(Refusal);
  });
});
