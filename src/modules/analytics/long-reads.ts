/**
 * Reads that take as long as there are lines: a few at a time on each instance, so that the short ones keep their
 * connections and a core, and one for all who ask the same. Owns who waits for whom; it keeps no answer.
 * Guarded by test/long-rankings.test.ts.
 */
import { Refusal } from '../../contracts/refusal.js';
import { isTooLong } from '../../platform/database/outage.js';
import { Turns } from './turns.js';

/** As long as a statement may take: whoever has not begun by then would be answered too late. */
const WAIT_MS = 10_000;
const RETRY_AFTER = 5;
const NARROW = 'narrow it down by game, tournament or date';

export class LongReads {
  private readonly turns = new Turns<unknown>();
  private readonly waiting = new Set<() => void>();
  private running = 0;

  constructor(
    private readonly atOnce: number,
    private readonly waitMs = WAIT_MS,
  ) {}

  /** `question` names what is read. Nobody is given an answer whose reading began before they asked. */
  read<T>(question: unknown, work: () => Promise<T>): Promise<T> {
    return this.turns.take(JSON.stringify(question), () => this.inTurn(work)) as Promise<T>;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.place();
    try {
      return await work();
    } catch (error) {
      if (isTooLong(error)) throw new Refusal('UNAVAILABLE', `The database gave this up, since it took longer than a request waits: ${NARROW}`, undefined, RETRY_AFTER);
      throw error;
    } finally {
      const next = this.waiting.values().next().value;
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Resolves when somebody who is done hands over their place. */
  private place(): Promise<void> {
    return new Promise((resolve, reject) => {
      const given = (): void => {
        clearTimeout(late);
        this.waiting.delete(given);
        resolve();
      };
      const late = setTimeout(() => {
        this.waiting.delete(given);
        reject(new Refusal('UNAVAILABLE', `More is being read that takes long than can be at once: ${NARROW}, or ask again`, undefined, RETRY_AFTER));
      }, this.waitMs);
      this.waiting.add(given);
    });
  }
}
