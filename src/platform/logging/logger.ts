/** Structured logs: a line is an event name with fields. No personal data, no tokens. */
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;
export const LOGGER = Symbol('logger');

/** `output`: where the lines go. @default standard output, waited for: for tools and tests */
export function createLogger(options: { level: string; instanceId: string; output?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: { instance: options.instanceId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ['req.headers.authorization', 'authorization', 'token', 'password', 'email', '*.token', '*.password', '*.email'], censor: '[removed]' },
  };
  return options.output ? pino(settings, options.output) : pino(settings);
}

/** An error as fields: what it was and where, without what a query's parameters may hold. */
export function errorFields(error: unknown): { error: string; kind: string; stack?: string } {
  if (!(error instanceof Error)) return { error: String(error), kind: typeof error };
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: briefly(error.message), kind: error.name, stack: frames?.slice(0, 7).join('\n') };
}

/** Prisma's messages show the call between their first line and their last, arguments and all. */
function briefly(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const [first = '', last] = [lines[0], lines.at(-1)];
  return (lines.length > 2 ? `${first} … ${last ?? ''}` : lines.join(' ')).slice(0, 500);
}
