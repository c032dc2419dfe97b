// Makes one file of dist/main.js and all that it imports: an instance read 1,500
// files before it listened, and spent two thirds of its boot on that.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
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

/**
 * A map without the packages' lines, which are nineteen of twenty: the first error of a process reads it all, and would
 * stop everything for a second.
 */
function ownLinesOf({ version, sources, mappings }) {
  const own = sources.map((source) => !source.includes('node_modules/'));
  let foreign = false;
  const kept = decode(mappings).map((line) =>
    line.flatMap(([column, ...from]) => {
      const isOwn = from.length > 0 && own[from[0]];
      // The first from nowhere ends what came before it.
      const segments = isOwn ? [[column, ...from.slice(0, 3)]] : foreign ? [] : [[column]];
      foreign = !isOwn;
      return segments;
    }),
  );
  return { version, sources: sources.map((source, index) => (own[index] ? source : '')), names: [], mappings: encode(kept) };
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
