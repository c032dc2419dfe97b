/**
 * An instance's log: every line into a file, warnings and errors also briefly
 * onto the terminal, each kind at most once in ten seconds.
 */
import { createWriteStream, openSync, renameSync, statSync, type WriteStream } from 'node:fs';

const KEEP_BYTES = 50 * 1024 * 1024;
const ECHO_EVERY_MS = 10_000;
/** After a file that could not be written, a full disk. */
const TRY_AGAIN_MS = 10_000;
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

export interface InstanceLogOptions {
  now?: () => number;
  /** The size at which a new file is begun. @default 50 MB */
  keepBytes?: number;
}

export function openInstanceLog(path: string, echo: (text: string) => void, { now = Date.now, keepBytes = KEEP_BYTES }: InstanceLogOptions = {}): InstanceLog {
  let file: WriteStream | undefined;
  let bytes = 0;
  let openedAt = 0;
  let failing = false;
  const failed = (error: unknown): void => {
    file = undefined;
    if (!failing) echo(`its log cannot be written, and lines are lost until it can: ${error instanceof Error ? error.message : String(error)}`);
    failing = true;
  };
  const worked = (): void => {
    if (failing) echo('its log is written again');
    failing = false;
  };
  const open = (): void => {
    openedAt = now();
    try {
      // What was written to a file that is open may not all be in it yet.
      bytes = Math.max(file === undefined ? 0 : bytes, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
      // One older file is kept: a development log is read for today, not for ever.
      if (bytes > keepBytes) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
      // Opened now, so that what is renamed next is this file and no later one.
      file = createWriteStream(path, { fd: openSync(path, 'a') });
      file.on('error', failed);
    } catch (error) {
      failed(error);
    }
  };
  const write = (line: string): void => {
    if (file !== undefined && bytes > keepBytes) {
      file.end();
      open();
    } else if (file === undefined && now() - openedAt >= TRY_AGAIN_MS) {
      open();
    }
    file?.write(`${line}\n`, (error) => {
      if (!error) worked();
    });
    bytes += Buffer.byteLength(line) + 1;
  };
  open();
  const echoedAt = new Map<string, number>();
  return {
    take(line) {
      write(line);
      const text = brief(line);
      if (text === undefined) return;
      if (now() - (echoedAt.get(text) ?? -Infinity) < ECHO_EVERY_MS) return;
      if (echoedAt.size > 1_000) echoedAt.clear();
      echoedAt.set(text, now());
      echo(text);
    },
    close() {
      file?.end();
    },
  };
}
