/**
 * Where log lines leave: standard output, without ever waiting for it. A reader
 * that stops (a full pipe, a stuck collector) or goes away (a parent that died)
 * would otherwise stop the process: pino's output retries in place, with the
 * event loop held, and at the end for ever. Here lines wait in memory up to a
 * bound and are dropped beyond it. Guarded by test/log-output.test.ts.
 */
import { pino, type DestinationStream } from 'pino';

const STDOUT = 1;
/** Bytes that may wait for a reader. */
const WAITING_MAX = 1024 * 1024;
/** Milliseconds that the last lines have to get out before the process ends. */
const LAST_LINES_MS = 500;

export interface LogOutput {
  stream: DestinationStream;
  /** Ends the process once the last lines are out, or have had their chance. */
  exit: (code: number) => void;
}

export function logOutput(): LogOutput {
  const output = pino.destination({ dest: STDOUT, sync: false, maxLength: WAITING_MAX });
  output.on('error', () => undefined);
  // Called at a fatal line and at the exit; what it does without a reader is what this file is about.
  output.flushSync = () => undefined;
  return {
    stream: output,
    exit: (code) => {
      const end = (): never => process.exit(code);
      setTimeout(end, LAST_LINES_MS);
      // Its `flush` calls back at once, whatever is still on its way; `drain` comes when nothing is, and after a write alone.
      output.once('drain', end).once('error', end);
      output.write('');
    },
  };
}
