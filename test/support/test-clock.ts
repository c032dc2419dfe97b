/** A clock that stands still until it is told to go on. */
import type { Clock } from '../../src/client/options.js';

export class TestClock implements Clock {
  now = 0;
  #next = 0;
  readonly #timers = new Map<number, { at: number; action: () => void }>();

  setTimeout(action: () => void, ms: number): unknown {
    this.#next += 1;
    this.#timers.set(this.#next, { at: this.now + Math.max(0, ms), action });
    return this.#next;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: runs what falls due, in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= until).sort(([a, { at }], [b, { at: bt }]) => at - bt || a - b)[0];
      if (!due) break;
      const [id, { at, action }] = due;
      this.#timers.delete(id);
      this.now = Math.max(this.now, at);
      action();
      await settle();
    }
    this.now = until;
  }
}

/** Lets everything that waits for a promise or a stream, and not for time, happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
