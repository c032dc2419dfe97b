/** A server that is measured, as a process: one of our instances, or the bare Socket.IO. */
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from '../../src/parts/child.js';
import { cpuSeconds, pin, rssBytes } from './proc.js';

const BOOT_MS = 60_000;
const SAME_LINES = 3;
const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const bareMain = fileURLToPath(new URL('./bare-server.js', import.meta.url));

export class Server {
  private constructor(
    private readonly child: Child,
    readonly port: number,
    /** How often it has said what: an event of its log by its name. */
    private readonly said: ReadonlyMap<string, number>,
  ) {}

  static instance(name: string, options: { core?: number; env: Record<string, string>; nodeArgs?: string[] }): Promise<Server> {
    return Server.start(name, [...(options.nodeArgs ?? []), main], options.env, options.core);
  }

  static bare(env: Record<string, string>, core?: number): Promise<Server> {
    return Server.start('bare', [bareMain], env, core);
  }

  private static async start(name: string, args: string[], env: Record<string, string>, core: number | undefined): Promise<Server> {
    let listening: (port: number) => void = () => undefined;
    const port = new Promise<number>((resolve) => {
      listening = resolve;
    });
    const said = new Map<string, number>();
    const child = startChild({
      name,
      stopSignal: 'SIGINT',
      command: process.execPath,
      args,
      env: { PATH: process.env['PATH'], ...env },
      onLine: (line) => {
        const url = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
        const kind = /"event":"(\w+)"/.exec(line)?.[1] ?? line.slice(0, 40);
        const times = (said.get(kind) ?? 0) + 1;
        said.set(kind, times);
        if (line.includes('"listening"') && url) listening(Number(url[1]));
        // A starved machine says the same thing thousands of times.
        else if (times <= SAME_LINES && (/"level":"(warn|error|fatal)"/.test(line) || !line.startsWith('{'))) console.error(`${name}: ${line.slice(0, 300)}`);
      },
    });
    if (core !== undefined) pin(child.pid, core);
    const failed = new Promise<never>((_, reject) => {
      void child.exited.then(() => reject(new Error(`${name} ended while starting:\n${child.tail()}`)));
      setTimeout(() => reject(new Error(`${name} was not listening within ${BOOT_MS} ms:\n${child.tail()}`)), BOOT_MS).unref();
    });
    return new Server(child, await Promise.race([port, failed]), said);
  }

  get pid(): number {
    return this.child.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  cpu(): number {
    return cpuSeconds(this.pid);
  }

  rss(): number {
    return rssBytes(this.pid);
  }

  /** A metric's value, summed over its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map((match) => Number(match[1]));
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : Number.NaN;
  }

  /** How many lines of its log are about this event. */
  logged(event: string): number {
    return this.said.get(event) ?? 0;
  }

  async kill(): Promise<void> {
    this.child.signal('SIGKILL');
    await this.child.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.signal(signal);
  }

  async stop(): Promise<void> {
    if (!this.child.hasExited()) await this.child.stop();
  }
}
