/** Medians and percentiles. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Latencies in whole milliseconds, counted: millions of them fit. */
export class Latencies {
  static readonly MAX_MS = 60_000;
  readonly counts: Uint32Array;
  total = 0;

  constructor(counts?: readonly [number, number][]) {
    this.counts = new Uint32Array(Latencies.MAX_MS + 1);
    for (const [ms, count] of counts ?? []) this.add(ms, count);
  }

  add(ms: number, count = 1): void {
    const at = ms < 0 ? 0 : ms > Latencies.MAX_MS ? Latencies.MAX_MS : ms;
    this.counts[at] = (this.counts[at] ?? 0) + count;
    this.total += count;
  }

  /** Those that occurred, to be sent to another process. */
  entries(): [number, number][] {
    const found: [number, number][] = [];
    this.counts.forEach((count, ms) => {
      if (count > 0) found.push([ms, count]);
    });
    return found;
  }

  quantile(q: number): number {
    let left = Math.ceil(this.total * q);
    for (let ms = 0; ms < this.counts.length; ms += 1) {
      left -= this.counts[ms] ?? 0;
      if (left <= 0) return ms;
    }
    return Number.NaN;
  }

  reset(): void {
    this.counts.fill(0);
    this.total = 0;
  }
}
