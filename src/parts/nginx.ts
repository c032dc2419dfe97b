/**
 * A private nginx in front of instances on this machine, from the repository's
 * nginx.conf. Everything it writes lies below `dir`; it needs no root.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { startChild, untilReady, type Child } from './child.js';
import { ensureBinary, findBinary } from './debian.js';
import { onFreePort, PortTaken } from './free-port.js';
import { renderNginxConfig } from './nginx-config.js';

export interface NginxOptions {
  port?: number;
  /** @default every address of the machine */
  host?: string;
  /** Instance 1 first: it begins its session ids with "1.". */
  upstreamPorts: readonly number[];
  dir: string;
  log?: (line: string) => void;
}

export interface Nginx {
  readonly port: number;
  readonly pid: number;
  readonly configPath: string;
  /** Resolves whenever the server that runs now has ended. */
  readonly exited: () => Promise<void>;
  /** New workers with the configuration anew, old ones until their sockets leave or 30 s are over. */
  reload(upstreamPorts?: readonly number[]): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export function findNginxBinary(): string | undefined {
  return findBinary('nginx');
}

export function ensureNginxBinary(): Promise<string | undefined> {
  return ensureBinary('nginx', 'nginx');
}

function commonArgs(dir: string, configPath: string): string[] {
  return ['-p', `${dir}/`, '-c', configPath, '-e', 'stderr'];
}

/** `nginx -t`: the complaint, or undefined when the configuration is good. */
export function checkNginxConfig(binary: string, dir: string, configPath: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ['-t', '-q', ...commonArgs(dir, configPath)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code === 0 ? undefined : said);
    });
  });
}

type LineWatcher = (line: string) => void;

async function launch(binary: string, configPath: string, port: number, watchers: Set<LineWatcher>, options: NginxOptions): Promise<Child> {
  let watcher: LineWatcher = () => undefined;
  const readiness = new Promise<void>((resolve, reject) => {
    watcher = (line) => {
      if (line.includes('start worker process ')) resolve();
      // nginx would try five times, half a second apart.
      if (line.includes('Address already in use')) reject(new PortTaken(port));
    };
  });
  watchers.add(watcher);
  const child = startChild({
    name: 'nginx',
    command: binary,
    args: [...commonArgs(options.dir, configPath), '-g', 'daemon off;'],
    onLine(line) {
      options.log?.(line);
      for (const watch of watchers) watch(line);
    },
  });
  try {
    await untilReady(child, readiness, 10_000);
  } finally {
    watchers.delete(watcher);
  }
  return child;
}

export async function startNginx(given: NginxOptions): Promise<Nginx> {
  const options = { ...given, dir: resolvePath(given.dir) };
  const binary = findNginxBinary();
  if (binary === undefined) throw new Error('nginx is not on the PATH');
  mkdirSync(options.dir, { recursive: true });
  // Workers of a root's nginx are another user.
  chmodSync(options.dir, 0o755);
  const configPath = join(options.dir, 'nginx.conf');
  const watchers = new Set<LineWatcher>();
  let { upstreamPorts } = options;

  const write = (port: number): void => {
    const listen = options.host === undefined ? String(port) : `${bracketed(options.host)}:${String(port)}`;
    const addresses = upstreamPorts.map((upstream) => `127.0.0.1:${String(upstream)}`);
    writeFileSync(configPath, renderNginxConfig(listen, addresses));
  };

  const started = await onFreePort(options.port, async (port) => {
    write(port);
    return { port, child: await launch(binary, configPath, port, watchers, options) };
  });
  const { port } = started;
  let { child } = started;

  return {
    port,
    get pid() {
      return child.pid;
    },
    configPath,
    exited: () => child.exited.then(() => undefined),
    async reload(ports) {
      upstreamPorts = ports ?? upstreamPorts;
      write(port);
      const complaint = await checkNginxConfig(binary, options.dir, configPath);
      if (complaint !== undefined) throw new Error(complaint);
      let watcher: LineWatcher = () => undefined;
      const reloaded = new Promise<void>((resolve) => {
        watcher = (line) => {
          if (line.includes('start worker process ')) resolve();
        };
      });
      watchers.add(watcher);
      child.signal('SIGHUP');
      try {
        await untilReady(child, reloaded, 10_000);
      } finally {
        watchers.delete(watcher);
      }
    },
    async stop() {
      await child.stop(5_000);
    },
    async restart() {
      await child.stop(5_000);
      child = await launch(binary, configPath, port, watchers, options);
    },
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
