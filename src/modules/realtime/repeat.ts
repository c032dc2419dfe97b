import { errorFields, type Logger } from '../../platform/logging/logger.js';

/** A failure that came within this long of the same failure before is not said again. */
const REPEAT_FAILURE_MS = 10_000;

export interface Outcome {
  failed: (error: unknown) => void;
  worked: () => void;
}

/** Runs `work` again and again, `ms` apart, never twice at once; returns how to stop. A failure is reported and the next round comes; that of a round which was under way at the stop is none. */
export function every(ms: number, work: () => Promise<void>, { failed, worked }: Outcome): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      await work();
      worked();
    } catch (error) {
      if (!stopped) failed(error);
    }
    if (!stopped) timer = setTimeout(() => void round(), ms);
  };
  timer = setTimeout(() => void round(), ms);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** In the log: an outage when it begins, not every second that it lasts, and its end: `log_tail_failed`, `log_tail_back`. */
export const outcomes =
  (logger: Logger, now: () => number) =>
  (work: string): Outcome => {
    let failedAt = -Infinity;
    /** Of a failure that was said. */
    let failingSince: number | undefined;
    return {
      failed: (error) => {
        if (now() - failedAt > REPEAT_FAILURE_MS) {
          logger.warn({ event: `${work}_failed`, ...errorFields(error) });
          failingSince = now();
        }
        failedAt = now();
      },
      worked: () => {
        if (failingSince === undefined) return;
        logger.info({ event: `${work}_back`, afterMs: now() - failingSince });
        failingSince = undefined;
      },
    };
  };
