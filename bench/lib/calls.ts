/** Calls between a benchmark and the processes it forks: a method's name, its arguments, its answer. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pin } from './proc.js';

type Methods = Record<string, (...args: never[]) => unknown>;
interface Call {
  id: number;
  method: string;
  args: never[];
}
interface Reply {
  id: number;
  value?: unknown;
  error?: string;
}

/** In the forked process: answers until the parent is gone. */
export function serveCalls(methods: Methods): void {
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group: the parent ends it in order.
  process.on('SIGINT', () => undefined);
  process.on('message', ({ id, method, args }: Call) => {
    const work = async (): Promise<unknown> => methods[method]?.(...args);
    work().then(
      (value) => process.send?.({ id, value } satisfies Reply),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Reply),
    );
  });
}

export type Remote<M> = { [Name in keyof M]: M[Name] extends (...args: infer Args) => infer Value ? (...args: Args) => Promise<Awaited<Value>> : never };

export interface Forked<M> {
  readonly pid: number;
  readonly call: Remote<M>;
  stop(): Promise<void>;
}

/** Starts `bench/lib/<file>`; pinned to a core when one is named. */
export function forkCalls<M>(file: string, core?: number): Forked<M> {
  const child: ChildProcess = fork(fileURLToPath(new URL(`./${file}.js`, import.meta.url)), { execArgv: ['--enable-source-maps', '--max-old-space-size=4096'] });
  const pid = child.pid ?? -1;
  if (core !== undefined) pin(pid, core);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  let stopping = false;
  child.on('message', ({ id, value, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(value);
    else caller?.reject(new Error(error));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`${file} ended (${String(code ?? signal)})`));
      if (!stopping) console.error(`${file} ended (${String(code ?? signal)})`);
      resolve();
    });
  });
  const call = new Proxy({} as Remote<M>, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          last += 1;
          waiting.set(last, { resolve, reject });
          child.send({ id: last, method, args });
        }),
  });
  return {
    pid,
    call,
    stop: async () => {
      stopping = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
