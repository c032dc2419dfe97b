/** What the launcher tells the person at the terminal: the one place that writes there. */

// A closed terminal or a broken pipe is no reason to leave children behind.
process.stdout.on('error', () => undefined);

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

const NAME_WIDTH = 12;
const TEXT_WIDTH = 56;

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** One line per step, once it is done: what, where, how long it took. */
export async function step<T>(name: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
  const since = performance.now();
  const result = await work();
  say(`  ${name.padEnd(NAME_WIDTH)}${describe(result).padEnd(TEXT_WIDTH)} ${seconds(since).padStart(7)}`);
  return result;
}

/** A reason not to start that the person can do something about: printed plainly, without a stack. */
export class CannotStart extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotStart';
  }
}
