/**
 * Reads of the same thing, shared: 10,000 sockets that join one match at once
 * cost PostgreSQL a handful of reads. A read that is under way is never
 * joined: it may have begun before a score that the joiner has already seen
 * posted. Whoever asks while one runs gets the next.
 *
 * While askers keep coming, a read is followed by a rest as long as a few of
 * it: 10,000 who come within seconds would else keep one read after another
 * going, a fifth of the CPU while they came, in bench:fanout.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Times what the last read took; who comes when that is over is answered at once. */
const REST = 4;
const REST_MAX_MS = 100;

/** One key of the next read, and the one promise of all who ask for it. */
interface Asked<Value> {
  answer: Promise<Value | undefined>;
  resolve: (value: Value | undefined) => void;
  reject: (error: unknown) => void;
}

export class SharedReads<Key, Value> {
  private waiting = new Map<Key, Asked<Value>>();
  private running = false;
  private restUntil = 0;

  /** `readAll` answers many keys at once; keys it leaves out do not exist. */
  constructor(private readonly readAll: (keys: Key[]) => Promise<Map<Key, Value>>) {}

  read(key: Key): Promise<Value | undefined> {
    let asked = this.waiting.get(key);
    if (!asked) {
      let [resolve, reject]: [Asked<Value>['resolve'], Asked<Value>['reject']] = [() => undefined, () => undefined];
      const answer = new Promise<Value | undefined>((onValue, onError) => {
        [resolve, reject] = [onValue, onError];
      });
      asked = { answer, resolve, reject };
      this.waiting.set(key, asked);
    }
    if (!this.running) void this.run();
    return asked.answer;
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.size > 0) {
      const rest = this.restUntil - performance.now();
      if (rest > 0) await pause(rest);
      const began = performance.now();
      const batch = this.waiting;
      this.waiting = new Map();
      try {
        const values = await this.readAll([...batch.keys()]);
        for (const [key, { resolve }] of batch) resolve(values.get(key));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
      const ended = performance.now();
      this.restUntil = ended + Math.min(REST_MAX_MS, (ended - began) * REST);
    }
    this.running = false;
  }
}
