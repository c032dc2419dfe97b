/** Many askers, few computations. */
export class Turns<T> {
  private readonly running = new Map<string, Promise<T>>();
  private readonly waiting = new Map<string, Promise<T>>();

  /** Joins a computation that runs. For keys that name a version: whoever knows the key may have its answer. */
  share(key: string, compute: () => Promise<T>): Promise<T> {
    const running = this.running.get(key);
    if (running) return running;
    const started = compute().finally(() => this.running.delete(key));
    this.running.set(key, started);
    return started;
  }

  /** Never joins a computation that runs already, since it may have read before this asker's own write: shares the next one. */
  take(key: string, compute: () => Promise<T>): Promise<T> {
    const running = this.running.get(key);
    if (!running) return this.share(key, compute);
    const waiting = this.waiting.get(key);
    if (waiting) return waiting;
    const next = running
      .catch(() => undefined)
      .then(() => {
        this.waiting.delete(key);
        return this.share(key, compute);
      });
    this.waiting.set(key, next);
    return next;
  }
}
