/**
 * Starts again what ended by itself, and says so. Waits longer each time it
 * ends right away, so that something broken does not keep a core busy.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { say } from './say.js';

export interface Kept {
  readonly exited: () => Promise<void>;
  restart(): Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Having lived this long, the next end is a new story. */
const HEALTHY_MS = 30_000;

export interface KeepOptions {
  name: string;
  signal: AbortSignal;
  /** @default true */
  loud?: boolean;
}

/** Returns once `signal` is aborted. */
export async function keepRunning(part: Kept, { name, signal, loud = true }: KeepOptions): Promise<void> {
  const over = (): boolean => signal.aborted;
  let pause = FIRST_PAUSE_MS;
  while (!over()) {
    const since = Date.now();
    await part.exited();
    if (over()) return;
    if (Date.now() - since > HEALTHY_MS) pause = FIRST_PAUSE_MS;
    if (loud) say(`  ${name} ended by itself: starting it again`);
    await wait(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    if (over()) return;
    await part.restart().catch((error: unknown) => {
      if (loud && !over()) say(`  ${name} did not start: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
