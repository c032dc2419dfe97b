import { describe, expect, it } from '@jest/globals';
import type { Database } from './prisma.js';
import { UnitOfWork } from './unit-of-work.js';

/** A database whose transactions commit unless told to fail, one error a try. */
function pretend(failures: Error[] = []): { database: Pick<Database, 'client' | 'patienceMs'>; tries: () => number } {
  let tries = 0;
  const transaction = async <T>(work: (tx: unknown) => Promise<T>): Promise<T> => {
    tries += 1;
    const result = await work({ transaction: tries });
    const failure = failures.shift();
    if (failure) throw failure;
    return result;
  };
  return { database: { client: { $transaction: transaction }, patienceMs: 900 } as unknown as Pick<Database, 'client' | 'patienceMs'>, tries: () => tries };
}
const deadlock = (): Error => Object.assign(new Error('deadlock detected'), { code: '40P01' });

describe('a unit of work', () => {
  it('runs what waits for the commit once, after it, and in order', async () => {
    const said: string[] = [];
    const unit = new UnitOfWork(pretend([deadlock(), deadlock()]).database);
    await unit.run(async () => {
      unit.afterCommit(() => said.push('outer'));
      await unit.run(async () => unit.afterCommit(() => said.push('inner')));
      said.push('worked');
    });
    expect(said).toEqual(['worked', 'worked', 'worked', 'outer', 'inner']);
  });

  it('runs nothing of it when it rolls back, and gives a deadlock up in the end', async () => {
    const said: string[] = [];
    const broken = new UnitOfWork(pretend([new Error('disk full')]).database);
    await expect(broken.run(async () => broken.afterCommit(() => said.push('no')))).rejects.toThrow('disk full');
    const { database, tries } = pretend(Array.from({ length: 9 }, deadlock));
    await expect(new UnitOfWork(database).run(() => Promise.resolve())).rejects.toThrow('deadlock');
    expect([said, tries()]).toEqual([[], 5]);
  });

  it('is done although one who was told of it fails: the others are told, and the caller has the result', async () => {
    const logged: unknown[] = [];
    const said: string[] = [];
    const unit = new UnitOfWork(pretend().database, { error: (line: unknown) => logged.push(line) });
    const result = await unit.run(async () => {
      unit.afterCommit(() => {
        throw new Error('a listener broke');
      });
      unit.afterCommit(() => said.push('told'));
      return 'committed';
    });
    expect([result, said]).toEqual(['committed', ['told']]);
    expect(logged).toEqual([expect.objectContaining({ event: 'after_commit_failed', error: 'a listener broke' })]);
  });

  it('keeps work whose transaction was given up from writing outside of it', async () => {
    const tx = { transaction: 1 };
    const client = {
      $transaction: async (work: (given: unknown) => Promise<unknown>) => {
        void work(tx);
        throw new Error('timed out');
      },
    };
    const unit = new UnitOfWork({ client, patienceMs: 900 } as unknown as Pick<Database, 'client' | 'patienceMs'>);
    let goOn = (): void => undefined;
    const given = new Promise<void>((resolve) => (goOn = resolve));
    let wroteTo: Promise<unknown> = Promise.resolve();
    const run = unit.run(() => (wroteTo = given.then(() => unit.db)).then(() => undefined));
    await expect(run).rejects.toThrow('timed out');
    // Another one begins and ends in between.
    await expect(unit.run(async () => undefined)).rejects.toThrow('timed out');
    goOn();
    expect(await wroteTo).toBe(tx);
    expect(unit.db).toBe(client);
  });

  it('refuses a hook where nothing will be committed', () => {
    expect(() => new UnitOfWork(pretend().database).afterCommit(() => undefined)).toThrow('outside');
  });
});
