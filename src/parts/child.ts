/**
 * A process that belongs to this one: started, waited for, stopped by its id.
 *
 * Owns the promise that no child outlives its parent. Each child leads its own
 * process group, so that a Ctrl-C in the terminal reaches the parent alone and
 * the parent stops its children in the right order; and where Linux offers it
 * (`setpriv --pdeathsig`), the kernel signals the child when the parent is
 * killed without a chance to say goodbye.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildSpec {
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** What asks this program to end in good order. @default 'SIGTERM' */
  stopSignal?: NodeJS.Signals;
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  /** The last lines it wrote, for the message when it fails. */
  readonly tail: () => string;
  signal(signal: NodeJS.Signals): void;
  /** Asks, then insists: SIGKILL once `within` milliseconds are over. @default 10000 */
  stop(within?: number): Promise<Exit>;
}

const TAIL_LINES = 30;
const living = new Map<number, NodeJS.Signals>();
let hooked = false;

let deathSignalKnown: boolean | undefined;
function canSignalOnParentDeath(): boolean {
  deathSignalKnown ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return deathSignalKnown;
}

/** The second net, for systems without `setpriv`: a parent that ends by itself takes its children along. */
function remember(pid: number, signal: NodeJS.Signals): void {
  living.set(pid, signal);
  if (hooked) return;
  hooked = true;
  process.once('exit', () => {
    for (const [childPid, childSignal] of living) send(childPid, childSignal);
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended a moment before: that is what was wanted.
  }
}

export function startChild(spec: ChildSpec): Child {
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  const [command, args] = canSignalOnParentDeath()
    ? ['setpriv', ['--pdeathsig', stopSignal.slice(3), '--', spec.command, ...spec.args]]
    : [spec.command, [...spec.args]];
  const child: ChildProcess = spawn(command, args, {
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    uid: spec.uid,
    gid: spec.gid,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const lines: string[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = child[stream];
    if (source === null) continue;
    createInterface({ input: source }).on('line', (line) => {
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
      spec.onLine?.(line, stream);
    });
  }

  const pid = child.pid ?? -1;
  let exit: Exit | undefined;
  if (pid !== -1) remember(pid, stopSignal);
  const exited = new Promise<Exit>((resolve) => {
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      living.delete(pid);
      // It led a process group of its own: what it left behind (the workers of
      // an nginx that was killed still hold its port) ends with it.
      if (pid !== -1) send(-pid, 'SIGKILL');
      exit ??= { code, signal };
      resolve(exit);
    };
    child.once('error', (error) => {
      lines.push(error.message);
      if (pid === -1) ended(127, null);
    });
    child.once('exit', ended);
  });

  const signal = (name: NodeJS.Signals): void => {
    if (exit === undefined && pid !== -1) send(pid, name);
  };

  return {
    name: spec.name,
    pid,
    exited,
    hasExited: () => exit !== undefined,
    tail: () => lines.join('\n'),
    signal,
    async stop(within = 10_000) {
      signal(stopSignal);
      // A paused process (SIGSTOP) hears no other signal until it continues.
      signal('SIGCONT');
      const insist = setTimeout(() => {
        signal('SIGKILL');
      }, within);
      try {
        return await exited;
      } finally {
        clearTimeout(insist);
      }
    },
  };
}

/** It ended, or stayed silent, before it was ready; the message carries its last words. */
export class NotReady extends Error {
  constructor(
    readonly part: string,
    reason: string,
    readonly output: string,
  ) {
    super(`${part} ${reason}${output === '' ? '' : `\n${output}`}`);
    this.name = 'NotReady';
  }
}

/**
 * Waits for `ready`, and stops the child if it does not come to that.
 * `ready` is a promise the caller settles from a line or a probe of its own.
 */
export async function untilReady(child: Child, ready: Promise<void>, within = 30_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      ready,
      child.exited.then(({ code, signal }) => {
        throw new NotReady(child.name, `ended (${signal ?? `code ${String(code)}`}) before it was ready`, child.tail());
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new NotReady(child.name, `was not ready within ${String(within / 1000)} s`, child.tail()));
        }, within);
      }),
    ]);
  } catch (error) {
    await child.stop(2_000);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
