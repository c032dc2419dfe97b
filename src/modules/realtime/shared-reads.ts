/**
 * Reads of the same thing, shared: 10,000 sockets that join one match at once
 * cost PostgreSQL a handful of reads. A read that is under way is never
 * joined: it may have begun before a score that the joiner has already seen
 * posted. Whoever asks while one runs gets the next.
 *
 * While askers keep coming, a read is followed by a rest as long as a few of
 * it, and no shorter than its user says: 10,000 who come within seconds would
 * else keep one read after another going, a fifth of the CPU while they came,
 * in bench:fanout. The rest's end is looked at by whoever asks, too: a flood of
 * messages keeps the event loop from its timers for a second and more.
 */
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
  private alarm: NodeJS.Timeout | undefined;

  /** `readAll` answers many keys at once; keys it leaves out do not exist. */
  constructor(
    private readonly readAll: (keys: Key[]) => Promise<Map<Key, Value>>,
    private readonly restMinMs = 0,
  ) {}

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
    this.begin();
    return asked.answer;
  }

  /** Begins the next read, or sees to it that it begins when the rest is over. */
  private begin(): void {
    if (this.running || this.waiting.size === 0) return;
    const rest = this.restUntil - performance.now();
    if (rest <= 0) void this.run();
    else {
      this.alarm ??= setTimeout(() => {
        this.alarm = undefined;
        this.begin();
      }, rest);
    }
  }

  private async run(): Promise<void> {
    this.running = true;
    clearTimeout(this.alarm);
    this.alarm = undefined;
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
    this.restUntil = ended + Math.min(REST_MAX_MS, Math.max(this.restMinMs, (ended - began) * REST));
    this.running = false;
    this.begin();
  }
}
