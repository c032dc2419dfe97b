// Makes one file of dist/main.js and all that it imports: an instance read 1,500
// files before it listened, and spent two thirds of its boot on that.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './lock.mjs';

/** Nest and others ask for these, and do without. */
const OPTIONAL = ['@nestjs/microservices', '@nestjs/platform-express', '@fastify/multipart', '@fastify/view', 'class-validator', 'class-transformer', 'bufferutil', 'utf-8-validate', 'pg-native', '@node-rs/xxhash'];
/** A folder that is served, and a client that is few files already, most of them WebAssembly. */
const BESIDE = ['swagger-ui-dist', '@prisma/client'];

/** What CommonJS finds around itself. */
const AROUND = `import { createRequire as bundledRequire } from 'node:module';
const require = bundledRequire(import.meta.url);
const { filename: __filename, dirname: __dirname } = import.meta;`;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of a segment of a source map: five bits a digit, the lowest first, and the sign in the lowest of all. */
function numbersOf(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function segmentOf(numbers) {
  let text = '';
  for (const number of numbers) {
    let rest = number < 0 ? (-number << 1) | 1 : number << 1;
    do {
      text += DIGITS[(rest & 31) | (rest > 31 ? 32 : 0)];
      rest >>>= 5;
    } while (rest > 0);
  }
  return text;
}

/**
 * A map without the packages' lines, which are nineteen of twenty: the first error of a process reads it all, and would
 * stop everything for a second.
 */
function ownLinesOf({ version, sources, mappings }) {
  const own = sources.map((source) => !source.includes('node_modules/'));
  const [read, written] = [[0, 0, 0], [0, 0, 0]];
  let foreign = false;
  const lines = mappings.split(';').map((line) => {
    const kept = [];
    let [column, before] = [0, 0];
    for (const segment of line === '' ? [] : line.split(',')) {
      const [moved, ...from] = numbersOf(segment);
      column += moved;
      for (const [index, by] of from.slice(0, 3).entries()) read[index] += by;
      const isOwn = from.length > 0 && own[read[0]];
      // One that says "from nowhere" ends what came before it.
      if (!isOwn && foreign) continue;
      kept.push(segmentOf([column - before, ...(isOwn ? read.map((value, index) => value - written[index]) : [])]));
      if (isOwn) written.splice(0, 3, ...read);
      [foreign, before] = [!isOwn, column];
    }
    return kept.join(',');
  });
  return { version, sources: sources.map((source, index) => (own[index] ? source : '')), names: [], mappings: lines.join(';') };
}

/** `dist` is the folder that main.js is in; the packages are those of this checkout. */
export async function bundleServer(dist) {
  const main = join(dist, 'main.js');
  await build({
    absWorkingDir: root,
    entryPoints: [main],
    outfile: main,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: [...OPTIONAL, ...BESIDE].flatMap((name) => [name, `${name}/*`]),
    banner: { js: AROUND },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  await writeFile(`${main}.map`, JSON.stringify(ownLinesOf(JSON.parse(await readFile(`${main}.map`, 'utf8')))));
}
