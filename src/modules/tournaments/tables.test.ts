import { describe, expect, it } from '@jest/globals';
import { Tables } from './tables.js';

type Page = { limit: number; after: number };

function held() {
  const begun: { id: string; page: Page; end: (error?: Error) => void }[] = [];
  const tables = new Tables({
    page: (id, page) =>
      new Promise((resolve, reject) => {
        begun.push({ id, page, end: (error) => { if (error) reject(error); else resolve([]); } });
      }),
  });
  return { tables, begun };
}
const first = { limit: 10, after: 0 };
/** Long enough for every promise that is settled to be followed. */
const followed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('tables for many askers', () => {
  it('are read once for all who ask while one is read', async () => {
    const { tables, begun } = held();
    const one = tables.page('a', first);
    await followed();
    const crowd = Array.from({ length: 100 }, () => tables.page('a', first));
    await followed();
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    await one;
    await followed();
    // Not the read that ran when they asked: it may have begun before a result that they have seen.
    expect(begun).toHaveLength(2);
    begun[1]?.end();
    expect(await Promise.all(crowd)).toHaveLength(100);
  });

  it('are read one page after another within a tournament, and side by side in two', async () => {
    const { tables, begun } = held();
    const pages = [tables.page('a', first), tables.page('a', { limit: 10, after: 10 }), tables.page('b', first)];
    await followed();
    expect(begun.map(({ id, page }) => [id, page.after])).toEqual([['a', 0], ['b', 0]]);
    for (const read of begun) read.end();
    await followed();
    begun[2]?.end();
    await Promise.all(pages);
    expect(begun[2]?.page).toEqual({ limit: 10, after: 10 });
  });

  it('go on after a read that failed, whose askers alone are told', async () => {
    const { tables, begun } = held();
    const failing = tables.page('a', first);
    await followed();
    const next = tables.page('a', first);
    begun[0]?.end(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    await followed();
    begun[1]?.end();
    expect(await next).toEqual([]);
  });
});
