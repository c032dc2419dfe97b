/** What the tools say: results on stdout, everything passing on stderr. */

/** A fault in the file, by the number of its line. */
export interface Fault {
  line: number;
  reason: string;
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
export const warn = (line: string): void => void process.stderr.write(`${line}\n`);

const REDRAW_MS = 100;
const LINE_EVERY_MS = 5_000;

/** One line redrawn in place on a terminal; elsewhere (a log, a pipe) a line now and then. */
export class Progress {
  #saidAt = 0;
  #drawn = false;

  constructor(
    private readonly stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
    private readonly now: () => number = Date.now,
  ) {}

  show(text: string): void {
    const tty = this.stream.isTTY;
    const now = this.now();
    if (this.#saidAt === 0) this.#saidAt = tty ? 0 : now;
    if (now - this.#saidAt < (tty ? REDRAW_MS : LINE_EVERY_MS)) return;
    this.#saidAt = now;
    this.stream.write(tty ? `\r\u001b[2K${text}` : `${text}\n`);
    this.#drawn = true;
  }

  done(): void {
    if (this.stream.isTTY && this.#drawn) this.stream.write('\r\u001b[2K');
    this.#drawn = false;
  }
}

const SHOWN_FAULTS = 20;

/** Many faults are counted, not all shown: the first ones tell what is wrong. */
export function sayFaults(faults: readonly Fault[], write: (line: string) => void, shown = SHOWN_FAULTS): void {
  for (const fault of faults.slice(0, shown)) write(`  line ${String(fault.line)}: ${fault.reason}`);
  if (faults.length > shown) write(`  and ${String(faults.length - shown)} more`);
}
