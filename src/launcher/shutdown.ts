/**
 * Ends what the launcher started, and nothing else: the demo before the
 * instances it posts to, those before nginx and the database they stand on.
 */
import { say } from './say.js';

const STAGES = ['demo', 'instances', 'nginx', 'backends', 'folder'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * One Ctrl-C may arrive twice: from the terminal, which signals everyone in
 * it, and from npm, which passes on what it got.
 */
const ECHO_MS = 500;

export class Shutdown {
  private readonly stops = new Map<Stage, (() => Promise<void> | void)[]>();
  private readonly controller = new AbortController();
  private begunAt: number | undefined;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get begun(): boolean {
    return this.begunAt !== undefined;
  }

  defer(stage: Stage, stop: () => Promise<void> | void): void {
    this.stops.set(stage, [...(this.stops.get(stage) ?? []), stop]);
  }

  onSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.begunAt === undefined) {
          say('\n  Stopping ...');
          void this.run().then(() => {
            say('  Stopped.');
            process.exit(0);
          });
        } else if (performance.now() - this.begunAt > ECHO_MS) {
          // What still lives is told to end as this process does (parts/child.ts).
          process.exit(130);
        }
      });
    }
  }

  async run(): Promise<void> {
    this.begunAt = performance.now();
    this.controller.abort();
    for (const stage of STAGES) {
      const stops = this.stops.get(stage) ?? [];
      const results = await Promise.allSettled(stops.map(async (stop) => stop()));
      for (const result of results) {
        if (result.status === 'rejected') say(`  While stopping the ${stage}: ${String(result.reason)}`);
      }
    }
  }
}
