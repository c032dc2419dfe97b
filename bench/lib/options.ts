/** `--name value` options of a benchmark; an unknown one, or a value that is no number, ends it with what it takes. */
import { parseArgs } from 'node:util';

export interface Options<Name extends string> {
  numbers(name: Name): number[];
  number(name: Name): number;
  text(name: Name): string;
  onOff(name: Name): boolean;
  /** Whether the result is to be kept in bench/results/. */
  save: boolean;
  /** As it was called, for the result's header. */
  command: string;
}

export function optionsOf<Name extends string>(bench: string, defaults: Record<Name, string>): Options<Name> {
  const spec = Object.fromEntries(Object.entries<string>(defaults).map(([name, value]) => [name, { type: 'string' as const, default: value }]));
  const usage = `npm run ${bench} -- ${Object.entries<string>(defaults).map(([name, value]) => `[--${name} ${value}]`).join(' ')} [--save]`;
  const args = process.argv.slice(2);
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args, options: { ...spec, save: { type: 'boolean', default: false } } }));
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  const text = (name: Name): string => String(values[name] ?? '');
  const numbers = (name: Name): number[] =>
    text(name).split(',').map((part) => {
      const value = Number(part);
      return part.trim() !== '' && Number.isFinite(value) && value >= 0 ? value : refuse(`--${name} ${text(name)}: numbers, with commas between several\n${usage}`);
    });
  const onOff = (name: Name): boolean => (['on', 'off'].includes(text(name)) ? text(name) === 'on' : refuse(`--${name} ${text(name)}: on or off\n${usage}`));
  return { text, numbers, onOff, number: (name) => numbers(name)[0] ?? 0, save: values['save'] === true, command: [`npm run ${bench}`, ...(args.length > 0 ? ['--', ...args] : [])].join(' ') };
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(64);
}
