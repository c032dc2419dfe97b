/**
 * Loaded into an instance with `--import`: how late its event loop runs, as
 * Node measures it. SIGUSR2 writes what was since the last one to a file; the
 * instance itself is as it is in production.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelay {
  /** Milliseconds beyond the resolution at which it looks. */
  p50: number;
  p99: number;
  max: number;
}

const RESOLUTION_MS = 1;
const path = process.env['BENCH_LOOP_DELAY'];
if (path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGUSR2', () => {
    const ms = (value: number): number => Math.max(0, value / 1e6 - RESOLUTION_MS);
    writeFileSync(path, JSON.stringify({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) } satisfies LoopDelay));
    delay.reset();
  });
}
