/**
 * Reads of the same thing, shared: 10,000 sockets that join one match at once
 * cost PostgreSQL a handful of reads. A read that is under way is never
 * joined: it may have begun before a score that the joiner has already seen
 * posted. Whoever asks while one runs gets the next.
 *
 * While askers keep coming, reads follow each other with a pause in between:
 * 10,000 who come within seconds would else keep one read after another going,
 * a sixth of the CPU while they came, in bench:fanout.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** From the beginning of one read to the next; a read that nobody asked for within this time before begins at once. */
const APART_MS = 20;

export class SharedReads<Key, Value> {
  private waiting = new Map<Key, { resolve: (value: Value | undefined) => void; reject: (error: unknown) => void }[]>();
  private running = false;
  private beganAt = -APART_MS;

  /** `readAll` answers many keys at once; keys it leaves out do not exist. */
  constructor(private readonly readAll: (keys: Key[]) => Promise<Map<Key, Value>>) {}

  read(key: Key): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      const asked = this.waiting.get(key);
      if (asked) asked.push({ resolve, reject });
      else this.waiting.set(key, [{ resolve, reject }]);
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.size > 0) {
      const sinceLast = performance.now() - this.beganAt;
      if (sinceLast < APART_MS) await pause(APART_MS - sinceLast);
      this.beganAt = performance.now();
      const batch = this.waiting;
      this.waiting = new Map();
      try {
        const values = await this.readAll([...batch.keys()]);
        for (const [key, askers] of batch) for (const { resolve } of askers) resolve(values.get(key));
      } catch (error) {
        for (const askers of batch.values()) for (const { reject } of askers) reject(error);
      }
    }
    this.running = false;
  }
}
