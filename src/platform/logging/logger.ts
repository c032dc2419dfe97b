/** Structured logs: a line is an event name with fields. No personal data, no tokens. */
import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;
export const LOGGER = Symbol('logger');

export function createLogger(options: { level: string; instanceId: string }): Logger {
  return pino({
    level: options.level,
    base: { instance: options.instanceId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['req.headers.authorization', 'authorization', 'token', 'password', 'email', '*.token', '*.password', '*.email'], censor: '[removed]' },
  });
}

/** An error as fields: what it was and where, without what a query's parameters may hold. */
export function errorFields(error: unknown): { error: string; kind: string; stack?: string } {
  if (!(error instanceof Error)) return { error: String(error), kind: typeof error };
  return { error: error.message.slice(0, 500), kind: error.name, stack: error.stack?.split('\n').slice(1, 8).join('\n') };
}
