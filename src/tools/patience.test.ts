import { describe, expect, it } from '@jest/globals';
import { RestRefusal } from '../contracts/rest-client.js';
import type { RefusalCode } from '../contracts/refusal.js';
import { patiently, type Patience } from './patience.js';

const refused = (status: number, code: RefusalCode, retryAfter?: number) =>
  new RestRefusal(status, { type: 'about:blank', title: code, status, detail: code, code }, retryAfter);
const gone = () => new TypeError('fetch failed', { cause: Object.assign(new Error('nobody'), { code: 'ECONNREFUSED' }) });

/** A clock that moves only by sleeping. */
function calm(giveUpAfterMs = 60_000) {
  const slept: number[] = [];
  let time = 0;
  const sleep = (ms: number) => {
    slept.push(ms);
    time += ms;
    return Promise.resolve();
  };
  const patience: Patience = { giveUpAfterMs, now: () => time, sleep, random: () => 1 };
  return { patience, slept };
}

const answering = (...answers: (Error | string)[]) => {
  let asked = 0;
  return () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
};

describe('patience', () => {
  it('asks again while the server is away, with growing pauses', async () => {
    const { patience, slept } = calm();
    await expect(patiently(patience, answering(gone(), gone(), refused(503, 'DRAINING'), 'yes'))).resolves.toBe('yes');
    expect(slept).toEqual([200, 400, 800]);
  });

  it('waits as long as Retry-After says', async () => {
    const { patience, slept } = calm();
    await expect(patiently(patience, answering(refused(429, 'RATE_LIMITED', 7), 'yes'))).resolves.toBe('yes');
    expect(slept).toEqual([7000]);
  });

  it('takes a refusal for an answer', async () => {
    const { patience, slept } = calm();
    await expect(patiently(patience, answering(refused(409, 'INVALID_TRANSITION'), 'yes'))).rejects.toThrow('INVALID_TRANSITION');
    expect(slept).toEqual([]);
  });

  it('ends with the last failure once its time is over', async () => {
    const { patience, slept } = calm(10_000);
    await expect(patiently(patience, answering(gone()))).rejects.toThrow('fetch failed');
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
    expect(slept.length).toBeGreaterThan(3);
  });

  it('stops waiting at once when it is told to', async () => {
    const stop = new AbortController();
    const waiting = patiently({ giveUpAfterMs: Infinity, longestPauseMs: 600_000, random: () => 1, signal: stop.signal, onPause: () => stop.abort() }, answering(refused(503, 'UNAVAILABLE', 600)));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
