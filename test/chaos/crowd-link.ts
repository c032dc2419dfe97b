/** The suite's end of the line to its crowd. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AskName, Asks, Response } from './crowd-wire.js';

const program = fileURLToPath(new URL('crowd.js', import.meta.url));

export class Crowd {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve: (got: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;
  #closing = false;

  constructor(heapMb = 2048) {
    this.#child = fork(program, [], { serialization: 'advanced', execArgv: ['--enable-source-maps', `--max-old-space-size=${String(heapMb)}`] });
    this.#child.on('message', ({ id, got, failed }: Response) => {
      const asker = this.#open.get(id);
      this.#open.delete(id);
      if (failed === undefined) asker?.resolve(got);
      else asker?.reject(new Error(`the crowd: ${failed}`));
    });
    this.#child.once('exit', (code, signal) => {
      if (!this.#closing) for (const { reject } of this.#open.values()) reject(new Error(`the crowd ended (${String(code ?? signal)})`));
    });
  }

  ask<Name extends AskName>(name: Name, give: Asks[Name]['give']): Promise<Asks[Name]['get']> {
    return new Promise((resolve, reject) => {
      const id = (this.#last += 1);
      this.#open.set(id, { resolve: resolve as (got: unknown) => void, reject });
      this.#child.send({ id, name, give }, (error) => {
        if (error) reject(error);
      });
    });
  }

  close(): void {
    this.#closing = true;
    this.#child.kill('SIGKILL');
  }
}
