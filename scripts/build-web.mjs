// Bundles the page (src/web) into dist/web: index.html and assets whose names
// carry their hash, so that they may be cached for a year.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src/web');

/** What a phone on a bad network has to wait for; in bytes, minified, before compression. */
const SCRIPT_MAX = 120_000;
/** Server-side weight: contracts are imported for their types, which vanish. */
const UNWANTED = /node_modules\/zod\//;

/** Answers the sizes of what was written, in bytes by name. */
export async function buildWeb(outDir = 'dist/web') {
  const out = join(root, outDir);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: join(source, 'main.ts'), style: join(source, 'style.css') },
    outdir: out,
    entryNames: 'assets/[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome105', 'firefox121', 'safari15.4'],
    metafile: true,
    // Written below: what an earlier build left must not be served beside it.
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
  }).then(async (result) => {
    await rm(out, { recursive: true, force: true });
    await mkdir(join(out, 'assets'), { recursive: true });
    await Promise.all(result.outputFiles.map((file) => writeFile(file.path, file.contents)));
    return result;
  });

  const sizes = Object.fromEntries(Object.entries(metafile.outputs).map(([path, { bytes }]) => [basename(path), bytes]));
  const named = (start) => Object.keys(sizes).find((name) => name.startsWith(start)) ?? '';
  const unwanted = Object.keys(metafile.inputs).filter((path) => UNWANTED.test(path));
  if (unwanted.length > 0) throw new Error(`the page's bundle holds ${unwanted[0]}: import only types from the contracts`);
  if (sizes[named('page-')] > SCRIPT_MAX) throw new Error(`the page's script has ${sizes[named('page-')]} bytes, more than ${SCRIPT_MAX}`);

  const html = await readFile(join(source, 'index.html'), 'utf8');
  await writeFile(join(out, 'index.html'), html.replace('{{style}}', `/assets/${named('style-')}`).replace('{{script}}', `/assets/${named('page-')}`));
  return sizes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, bytes] of Object.entries(await buildWeb(process.argv[2]))) console.log(`${name} ${(bytes / 1000).toFixed(1)} kB`);
}
