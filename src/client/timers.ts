/** The timers of one owner, so that closing it leaves none behind to keep a process alive. */
import type { Clock } from './options.js';

export class Timers {
  readonly #running = new Set<unknown>();

  constructor(private readonly clock: Clock) {}

  in(ms: number, action: () => void): unknown {
    const timer: unknown = this.clock.setTimeout(() => {
      this.#running.delete(timer);
      action();
    }, ms);
    this.#running.add(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    if (this.#running.delete(timer)) this.clock.clearTimeout(timer);
  }

  cancelAll(): void {
    for (const timer of this.#running) this.cancel(timer);
  }
}
