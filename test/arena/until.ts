/** Waits for a thing instead of sleeping. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 10;

export async function until(holds: () => boolean | Promise<boolean>, ms: number, what: string | (() => string)): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > deadline) throw new Error(`not within ${String(ms)} ms: ${typeof what === 'string' ? what : what()}`);
    await pause(LOOK_MS);
  }
}
