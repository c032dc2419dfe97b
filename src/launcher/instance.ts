/** One instance of the server as a child process, ready when it says so over HTTP. */
import { setTimeout as wait } from 'node:timers/promises';
import { NotReady, startChild, untilReady, type Child } from '../parts/child.js';
import { onFreePort, PortTaken } from '../parts/free-port.js';
import type { InstanceLog } from './instance-log.js';
import type { Kept } from './keep-running.js';

export interface InstanceSpec {
  number: number;
  /** undefined: a free one. */
  port: number | undefined;
  host: string;
  /** dist/main.js */
  program: string;
  env: NodeJS.ProcessEnv;
  log: InstanceLog;
  /** Milliseconds it has to move its sockets over and end. */
  stopWithin: number;
}

export interface Instance extends Kept {
  readonly number: number;
  readonly port: number;
  stop(): Promise<void>;
}

const READY_WITHIN = 60_000;

/** 200 from `/health/ready`: everything behind it serves. */
export async function untilReadyOverHttp(url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const answer = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch {
      // It does not listen yet.
    }
    await wait(30);
  }
}

/** An address to reach a server that listens on `host`. */
export function reachable(host: string, port: number): string {
  const name = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${String(port)}`;
}

async function launch(spec: InstanceSpec, port: number): Promise<Child> {
  const child = startChild({
    name: `instance ${String(spec.number)}`,
    command: process.execPath,
    args: ['--enable-source-maps', spec.program],
    env: { ...spec.env, PORT: String(port), HOST: spec.host, INSTANCE_ID: String(spec.number) },
    onLine: (line) => spec.log.take(line),
  });
  let over = false;
  try {
    await untilReady(child, untilReadyOverHttp(reachable(spec.host, port), () => over), READY_WITHIN);
  } catch (error) {
    if (error instanceof NotReady && error.output.includes('EADDRINUSE')) throw new PortTaken(port);
    throw error;
  } finally {
    over = true;
  }
  return child;
}

export async function startInstance(spec: InstanceSpec): Promise<Instance> {
  const started = await onFreePort(spec.port, async (port) => ({ port, child: await launch(spec, port) }));
  const { port } = started;
  let { child } = started;
  return {
    number: spec.number,
    port,
    exited: () => child.exited.then(() => undefined),
    async restart() {
      await child.stop(spec.stopWithin);
      child = await launch(spec, port);
    },
    async stop() {
      await child.stop(spec.stopWithin);
      spec.log.close();
    },
  };
}
