/**
 * A private Redis (or Valkey) on the loopback address. It carries messages and
 * counts that live for seconds, so nothing is written to disk.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, untilReady, type Child } from './child.js';
import { ensureBinary, findBinary } from './debian.js';
import { onFreePort, PortTaken } from './free-port.js';

export interface RedisOptions {
  port?: number;
  /** Its working folder. @default a temporary one, removed on stop */
  dir?: string;
  extraArgs?: readonly string[];
  log?: (line: string) => void;
}

export interface Redis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves whenever the server that runs now has ended. */
  readonly exited: () => Promise<void>;
  stop(): Promise<void>;
  /** Stop if it runs, then start on the same port, empty. */
  restart(): Promise<void>;
  /** Alive, holding its connections, answering nobody. */
  pause(): void;
  resume(): void;
}

const NAMES = ['redis-server', 'valkey-server'];

export function findRedisBinary(): string | undefined {
  return findBinary(...NAMES);
}

export function ensureRedisBinary(): Promise<string | undefined> {
  return ensureBinary('redis-server', ...NAMES);
}

async function launch(binary: string, port: number, dir: string, options: RedisOptions): Promise<Child> {
  // A stop took the temporary folder away.
  mkdirSync(dir, { recursive: true });
  let ready: () => void = () => undefined;
  let refuse: (reason: Error) => void = () => undefined;
  const readiness = new Promise<void>((resolve, reject) => {
    ready = resolve;
    refuse = reject;
  });
  const child = startChild({
    name: 'Redis',
    command: binary,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...(options.extraArgs ?? []),
    ],
    onLine(line) {
      options.log?.(line);
      if (line.includes('Ready to accept connections')) ready();
      if (line.includes('Address already in use')) refuse(new PortTaken(port));
    },
  });
  await untilReady(child, readiness, 10_000);
  return child;
}

export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const binary = findRedisBinary();
  if (binary === undefined) throw new Error('neither redis-server nor valkey-server is on the PATH');
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'grandstand-redis-'));

  const started = await onFreePort(options.port, async (port) => ({
    port,
    child: await launch(binary, port, dir, options),
  }));
  const { port } = started;
  let { child } = started;

  return {
    url: `redis://127.0.0.1:${String(port)}`,
    port,
    get pid() {
      return child.pid;
    },
    exited: () => child.exited.then(() => undefined),
    async stop() {
      await child.stop(3_000);
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
    async restart() {
      await child.stop(3_000);
      child = await launch(binary, port, dir, options);
    },
    pause() {
      child.signal('SIGSTOP');
    },
    resume() {
      child.signal('SIGCONT');
    },
  };
}
