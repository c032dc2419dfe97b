// Compiles src/ to dist/, only when a source changed, and never half: the new
// dist is made beside the old one and takes its place when it is whole.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { root, withLock } from './lock.mjs';

const dist = join(root, 'dist');
const STAMP = '.built-from';
// What decides the output besides src/.
const CONFIG = ['.swcrc', 'package-lock.json', 'tsconfig.json', 'tsconfig.client.json', 'prisma.config.ts'];

async function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

// Generated code is an output of the build, not one of its sources.
const isGenerated = (path) => path.split(sep).includes('generated');

async function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.sort()) {
    hash.update(`${relative(root, path)}\0`).update(await readFile(path)).update('\0');
  }
  return hash.digest('hex');
}

// By content, not by time: a fresh checkout or a switched branch sets new
// times on the same files.
async function sourcesHash() {
  const below = await Promise.all(['src', 'prisma', 'scripts'].map((name) => filesBelow(join(root, name))));
  const paths = [...below.flat(), ...CONFIG.map((name) => join(root, name)).filter((path) => existsSync(path))];
  return hashOf(paths.filter((path) => !isGenerated(path)));
}

async function isBuilt(hash) {
  return readFile(join(dist, STAMP), 'utf8').then((stamp) => stamp === hash, () => false);
}

async function runIfThere(script, name, ...args) {
  const path = join(root, 'scripts', script);
  if (!existsSync(path)) return;
  const module = await import(pathToFileURL(path).href);
  await module[name](...args);
}

// The Prisma client takes seconds to write and changes with the schema alone.
async function generateClient() {
  if (!existsSync(join(root, 'scripts', 'generate-prisma.mjs'))) return;
  const stamp = join(root, 'src', 'generated', '.generated-from');
  const inputs = ['prisma/schema.prisma', 'prisma.config.ts', 'scripts/generate-prisma.mjs', 'package-lock.json'];
  const hash = await hashOf(inputs.map((name) => join(root, name)).filter((path) => existsSync(path)));
  if ((await readFile(stamp, 'utf8').catch(() => '')) === hash) return;
  await runIfThere('generate-prisma.mjs', 'generatePrisma');
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, hash);
}

async function compile(into) {
  const { transformFile } = await import('@swc/core');
  const src = join(root, 'src');
  const web = join(src, 'web') + sep;
  const sources = (await filesBelow(src)).filter((path) => !path.startsWith(web) && !path.endsWith('.test.ts'));
  await Promise.all(
    sources.map(async (path) => {
      const to = join(into, relative(src, path));
      await mkdir(dirname(to), { recursive: true });
      if (path.endsWith('.d.ts') || path.endsWith('.generated-from')) return;
      if (!path.endsWith('.ts')) return copyFile(path, to);
      const { code, map } = await transformFile(path, { cwd: root, root, swcrc: true, sourceMaps: true });
      const js = to.replace(/\.ts$/, '.js');
      const name = js.slice(js.lastIndexOf(sep) + 1);
      await writeFile(js, map === undefined ? code : `${code}\n//# sourceMappingURL=${name}.map\n`);
      if (map !== undefined) await writeFile(`${js}.map`, map);
    }),
  );
}

// What `grandstand/client` promises its users; written beside the compiling, which it takes longer than.
async function declareClient(into) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.client.json'), '--outDir', into], { cwd: root }).catch((error) => {
    throw new Error(`the watcher library's types were not written:\n${error.stdout || error.message}`);
  });
}

export async function build() {
  if (await isBuilt(await sourcesHash())) return;
  await withLock('build', async () => {
    const hash = await sourcesHash();
    if (await isBuilt(hash)) return;
    process.stdout.write('Building ...\n');
    const [fresh, old] = [`${dist}.new-${process.pid}`, `${dist}.old-${process.pid}`];
    try {
      await generateClient();
      await Promise.all([compile(fresh).then(() => runIfThere('bundle-server.mjs', 'bundleServer', fresh)), declareClient(fresh)]);
      if (existsSync(dist)) await rename(dist, old);
      await rename(fresh, dist);
      await runIfThere('build-web.mjs', 'buildWeb');
      // Last, so that a step that fails is tried again by the next build.
      await writeFile(join(dist, STAMP), hash);
    } finally {
      await rm(fresh, { recursive: true, force: true });
      await rm(old, { recursive: true, force: true });
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build().catch((error) => {
    process.stderr.write(`The build failed: ${error.message}\n`);
    process.exitCode = 1;
  });
}
