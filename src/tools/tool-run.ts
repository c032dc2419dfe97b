/** What the tools share around their work: how patient they are, and how they say that they failed. */
import { RestRefusal } from '../contracts/rest-client.js';
import { passing, type Patience } from './patience.js';
import { warn } from './terminal.js';

/** Called wrongly: the message and the usage are the whole answer. */
export class UsageError extends Error {}

const GIVE_UP_AFTER_MS = 60_000;
const SAY_AGAIN_AFTER_MS = 5_000;

/** A minute of a restarting server is waited for, and said now and then. */
export function toolPatience(say: (line: string) => void = warn, now: () => number = Date.now): Patience {
  let saidAt = -Infinity;
  return {
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    onPause: (reason) => {
      if (now() - saidAt < SAY_AGAIN_AFTER_MS) return;
      saidAt = now();
      say(`waiting for the server: ${reason}`);
    },
  };
}

/** Also what `parseArgs` throws for an unknown option. */
function isUsage(error: Error): boolean {
  return error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
}

export function explain(error: unknown, usage: string): string {
  if (!(error instanceof Error)) return String(error);
  if (isUsage(error)) return `${error.message}\n\n${usage}`;
  if (error instanceof RestRefusal && error.problem.code === 'TOKEN_EXPIRED') return `The server refused the run: ${error.message}\nRun it again with a new one, or with an API key, which lasts until it is revoked (--token, GRANDSTAND_TOKEN): it goes on from here.`;
  if (error instanceof RestRefusal && (error.status === 401 || error.status === 403)) return `The server refused the run: ${error.message}\nIs the token one of this server's organizers (--token, GRANDSTAND_TOKEN)?`;
  if (error instanceof RestRefusal) return `The server refused the run: ${error.message}`;
  const away = passing(error);
  if (away !== undefined) return `The server does not answer (${away}). Is it running (npm start)? Another address goes into --url.`;
  return error.message;
}
