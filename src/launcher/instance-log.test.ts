import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openInstanceLog } from './instance-log.js';

const folder = mkdtempSync(join(tmpdir(), 'grandstand-instance-log-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const contents = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const until = async (probe: () => boolean): Promise<void> => {
  while (!probe()) await turn();
};

describe("an instance's log", () => {
  it('begins a new file when the one that it writes is full, and keeps one older', async () => {
    const path = join(folder, 'full.log');
    const log = openInstanceLog(path, () => undefined, { keepBytes: 20 });
    for (let n = 0; n < 20; n += 1) log.take(`line ${String(n)}`);
    log.close();
    await until(() => contents(path).includes('line 19') && contents(`${path}.1`).includes('line 17'));
    expect(contents(`${path}.1`) + contents(path)).toBe(['15', '16', '17', '18', '19'].map((n) => `line ${n}\n`).join(''));
  });

  it('says once that its disk is full, and goes on when there is room again', async () => {
    const path = join(folder, 'disk.log');
    const said: string[] = [];
    let now = 0;
    symlinkSync('/dev/full', path);
    const log = openInstanceLog(path, (text) => said.push(text), { now: () => now });
    log.take('lost');
    await until(() => said.length > 0);
    now = 10_000;
    log.take('lost, too');
    rmSync(path);
    symlinkSync(join(folder, 'room.log'), path);
    for (let n = 1; said.length < 2; n += 1) {
      now += 10_000;
      log.take(`kept ${String(n)}`);
      await turn();
    }
    log.close();
    expect(said).toEqual([expect.stringMatching(/cannot be written.*ENOSPC/), 'its log is written again']);
    expect(contents(path)).toMatch(/^kept \d+\n/);
  });
});
