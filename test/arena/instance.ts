/** One Grandstand instance as a real process, on a port the system chose. */
import { fileURLToPath } from 'node:url';
import { startChild, type Child, type Exit } from '../../src/parts/child.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Three booting at once on two busy cores took 20 s. */
const BOOT_MS = 45_000;

export interface LogLine {
  event?: string;
  level?: string;
  [field: string]: unknown;
}

/** `LEAN_BROADCAST=off npm run test:chaos`: every suite can be run over the plain path. */
const { LEAN_BROADCAST } = process.env;
const switches = LEAN_BROADCAST === undefined ? {} : { LEAN_BROADCAST };

export class Instance {
  /** Everything it logged since it was started first. */
  readonly log: LogLine[] = [];
  #child: Child | undefined;
  #port = 0;

  private constructor(
    readonly name: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(name: string, env: Record<string, string>): Promise<Instance> {
    const instance = new Instance(name, env);
    await instance.boot();
    return instance;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get running(): boolean {
    return this.#child !== undefined && !this.#child.hasExited();
  }

  /** Starts it (again, on the port it had). */
  async boot(): Promise<void> {
    let listening: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => {
      listening = resolve;
    });
    const child = startChild({
      name: this.name,
      // A person's Ctrl-C: closes without the wait of a rolling restart.
      stopSignal: 'SIGINT',
      command: process.execPath,
      args: ['--enable-source-maps', main],
      env: { PATH: process.env['PATH'], ...switches, ...this.env, HOST: '127.0.0.1', PORT: String(this.#port), INSTANCE_ID: this.name },
      onLine: (line) => {
        const parsed = lineOf(line);
        this.log.push(parsed);
        if (parsed.event !== 'listening') return;
        this.#port = Number(new URL(String(parsed['url'])).port);
        listening();
      },
    });
    this.#child = child;
    const late = AbortSignal.timeout(BOOT_MS);
    const failed = new Promise<never>((_, reject) => {
      void child.exited.then((exit) => {
        reject(new Error(`${this.name} ended while starting (${String(exit.code ?? exit.signal)}):\n${child.tail()}`));
      });
      late.addEventListener('abort', () => {
        reject(new Error(`${this.name} was not listening within ${String(BOOT_MS)} ms:\n${child.tail()}`));
      });
    });
    await Promise.race([ready, failed]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  /** kill -9: nothing is said to anybody. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  async exited(): Promise<Exit | undefined> {
    return this.#child?.exited;
  }

  async stop(): Promise<void> {
    if (this.running) await this.#child?.stop();
  }
}

function lineOf(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: 'raw', message: line };
  }
}
