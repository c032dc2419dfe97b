/** The README's tables of settings: every variable that is read stands there, and none that is not. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ENV_NAMES, parseEnv } from '../src/config/env.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const section = /### Environment\n([^]*?)\n## /.exec(read('README.md'))?.[1] ?? '';
const rows = section.split('\n').flatMap((line) => {
  const [, names, defaults] = /^\| (`[A-Z0-9_`, ]+`) \|([^|]*)\|/.exec(line) ?? [];
  return names === undefined ? [] : [{ names: names.replaceAll('`', '').split(', '), defaults: (defaults ?? '').trim() }];
});
const documented = rows.flatMap(({ names }) => names);
const ofTheLauncher = ['src/launcher/options.ts', 'src/tools/tool-env.ts'].flatMap((path) => [...read(path).matchAll(/(?:given|value)\('([A-Z_]+)'\)|env\['([A-Z_]+)'\]/g)].map(([, given, env]) => given ?? env ?? ''));
/** npm's own: where its user stands. */
const NOT_SET_BY_PEOPLE = ['INIT_CWD'];

it('has a row for every variable of an instance, of npm start and of the tools, and for no other', () => {
  expect(ofTheLauncher).toEqual(expect.arrayContaining(['DEMO', 'GRANDSTAND_DATA', 'GRANDSTAND_URL', 'DEMO_SPEED']));
  const known = [...new Set([...ENV_NAMES, ...ofTheLauncher])].filter((name) => !NOT_SET_BY_PEOPLE.includes(name));
  expect([...documented].sort()).toEqual(known.sort());
});

it('says the defaults that there are', () => {
  const config: Record<string, unknown> = { ...parseEnv({ DATABASE_URL: 'postgresql://db/x', JWT_SECRET: 's'.repeat(32) }) };
  const wrong = rows.flatMap(({ names, defaults }) => {
    const said = defaults.split(/[,;] /).map((word) => word.replaceAll('`', ''));
    return names.flatMap((name, index) => (typeof config[name] === 'number' && said[index] !== String(config[name]) ? [`${name} is ${String(config[name])}, not ${String(said[index])}`] : []));
  });
  expect(wrong).toEqual([]);
});
