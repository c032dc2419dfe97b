/**
 * A private PostgreSQL 18 on the loopback address, over TCP alone and behind a
 * password of its own: other users of the machine can reach the port, too.
 */
import { resolve as resolvePath } from 'node:path';
import { NotReady, startChild, untilReady, type Child } from './child.js';
import { onFreePort, PortTaken } from './free-port.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { claimDataFolder, nameForServer, prepareDataFolder, readPassword } from './postgres-data.js';

export interface PostgresOptions {
  dataDir: string;
  port?: number;
  log?: (line: string) => void;
  /** Server settings, such as `{ fsync: 'off' }` for tests. */
  settings?: Readonly<Record<string, string>>;
}

export interface Postgres {
  readonly port: number;
  readonly pid: number;
  /** @default database 'postgres' */
  url(database?: string): string;
  /** Resolves whenever the server that runs now has ended. */
  readonly exited: () => Promise<void>;
  stop(): Promise<void>;
  /** Stop if it runs, then start on the same port. */
  restart(): Promise<void>;
  /** kill -9, as a crash would. */
  kill(): Promise<void>;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Readiness and refusals are read from the server's lines.
  lc_messages: 'C',
  logging_collector: 'off',
};

const ORPHANS_WITHIN = 10_000;

async function launch(binaries: PostgresBinaries, port: number, options: PostgresOptions): Promise<Child> {
  claimDataFolder(options.dataDir);
  let ready: () => void = () => undefined;
  let refuse: (reason: Error) => void = () => undefined;
  const readiness = new Promise<void>((resolve, reject) => {
    ready = resolve;
    refuse = reject;
  });
  const settings = Object.entries({ ...SETTINGS, ...options.settings, port: String(port) });
  const child = startChild({
    name: 'PostgreSQL',
    command: binaries.postgres,
    args: [
      ...['-D', nameForServer(options.dataDir, binaries)],
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    ...binaries.user,
    cwd: options.dataDir,
    // "Fast shutdown": SIGTERM would wait for every client to leave by itself.
    stopSignal: 'SIGINT',
    onLine(line) {
      options.log?.(line);
      // A standby is ready for those who only read.
      if (/database system is ready to accept (read-only )?connections/.test(line)) ready();
      if (line.includes('Address already in use')) refuse(new PortTaken(port));
    },
  });
  await untilReady(child, readiness, 60_000);
  return child;
}

/** Backends of a killed server take a moment to notice; until then the folder is not free. */
async function launchAfterOrphans(
  binaries: PostgresBinaries,
  port: number,
  options: PostgresOptions,
): Promise<Child> {
  const until = Date.now() + ORPHANS_WITHIN;
  for (;;) {
    try {
      return await launch(binaries, port, options);
    } catch (error) {
      const orphans = error instanceof NotReady && error.output.includes('pre-existing shared memory block');
      if (!orphans || Date.now() > until) throw error;
    }
  }
}

export async function startPostgres(given: PostgresOptions): Promise<Postgres> {
  const options = { ...given, dataDir: resolvePath(given.dataDir) };
  const binaries = postgresBinaries();
  await prepareDataFolder(options.dataDir, binaries, options.settings?.['fsync'] !== 'off');
  const password = readPassword(options.dataDir);

  const started = await onFreePort(options.port, async (port) => ({
    port,
    child: await launchAfterOrphans(binaries, port, options),
  }));
  const { port } = started;
  let { child } = started;

  return {
    port,
    get pid() {
      return child.pid;
    },
    url: (database = 'postgres') => `postgresql://postgres:${password}@127.0.0.1:${String(port)}/${database}`,
    exited: () => child.exited.then(() => undefined),
    async stop() {
      await child.stop(10_000);
    },
    async restart() {
      await child.stop(10_000);
      child = await launchAfterOrphans(binaries, port, options);
    },
    async kill() {
      child.signal('SIGKILL');
      await child.exited;
    },
  };
}
