/**
 * An instance's log: every line into a file, warnings and errors also briefly
 * onto the terminal, each kind at most once in ten seconds.
 */
import { createWriteStream, renameSync, statSync } from 'node:fs';

const KEEP_BYTES = 50 * 1024 * 1024;
const ECHO_EVERY_MS = 10_000;
const LOUD: Readonly<Record<string, string>> = { warn: 'warning', error: 'error', fatal: 'fatal error', '40': 'warning', '50': 'error', '60': 'fatal error' };

/** What a pino line says to a person, or undefined when it is not for one. */
export function brief(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const level = LOUD[String(entry['level'])];
    if (level === undefined) return undefined;
    const words = [entry['event'], entry['msg'], entry['error']].filter((word) => typeof word === 'string' && word !== '');
    return `${level}: ${words.join(': ')}`.slice(0, 200);
  } catch {
    return undefined;
  }
}

export interface InstanceLog {
  take(line: string): void;
  close(): void;
}

export function openInstanceLog(path: string, echo: (text: string) => void, now: () => number = Date.now): InstanceLog {
  // One older file is kept: a development log is read for today, not for ever.
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > KEEP_BYTES) renameSync(path, `${path}.1`);
  const file = createWriteStream(path, { flags: 'a' });
  file.on('error', () => undefined);
  const echoedAt = new Map<string, number>();
  return {
    take(line) {
      file.write(`${line}\n`);
      const text = brief(line);
      if (text === undefined) return;
      if (now() - (echoedAt.get(text) ?? -Infinity) < ECHO_EVERY_MS) return;
      if (echoedAt.size > 1_000) echoedAt.clear();
      echoedAt.set(text, now());
      echo(text);
    },
    close() {
      file.end();
    },
  };
}
