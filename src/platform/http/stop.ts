/**
 * How an instance ends. SIGTERM is a rolling restart: not ready, sockets moved
 * over, then no new connection, then open requests finished. SIGINT is a
 * person at a terminal: the same without the wait. A second signal is the end.
 */
import type { Server, ServerResponse, IncomingMessage } from 'node:http';
import { errorFields, type Logger } from '../logging/logger.js';

export interface StopOptions {
  http: Server;
  /** Moves the sockets elsewhere; resolves when they have gone. */
  drain: (withinMs: number) => Promise<void>;
  /** Closes everything behind the HTTP server. */
  close: () => Promise<void>;
  drainMs: number;
  /** Ends the process. */
  exit: (code: number) => void;
  logger: Logger;
}

/** What a proxy needs to notice that this instance is not ready before it stops listening. */
const NOTICE_MS = 500;
/** How long connections may finish after the listener has closed: longer than a proxy keeps an idle one. */
const FINISH_MS = 5_000;
const LOOK_MS = 20;

export function stopOnSignals({ http, drain, close, drainMs, exit, logger }: StopOptions): void {
  let stopping = false;
  let open = 0;
  let leaving = false;
  http.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    // Each connection ends with its answer, so that a proxy never reuses one that is about to close.
    if (leaving) response.setHeader('connection', 'close');
  });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info({ event: 'stopping', signal });
    const gently = signal === 'SIGTERM' && drainMs > 0;
    const begun = Date.now();
    await drain(gently ? drainMs : 0);
    if (gently) await later(Math.max(0, Math.min(NOTICE_MS, drainMs) - (Date.now() - begun)));
    leaving = true;
    // Right after the poll phase every connection that was waiting has been accepted: none is reset.
    await new Promise<void>((resolve) => setImmediate(resolve));
    http.close();
    const until = Date.now() + (gently ? FINISH_MS : 1_000);
    while (Date.now() < until && (open > 0 || (gently && (await connections(http)) > 0))) await later(LOOK_MS);
    http.closeAllConnections();
    await close();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    stop(signal).then(
      () => {
        exit(0);
      },
      (error: unknown) => {
        logger.error({ event: 'stop_failed', ...errorFields(error) });
        exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const connections = (http: Server): Promise<number> =>
  new Promise((resolve) => {
    http.getConnections((error, count) => {
      resolve(error ? 0 : count);
    });
  });
