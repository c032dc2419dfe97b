// `npm run test:chaos`: the chaos suite (test/chaos), on a copy of the build
// that nobody else rebuilds while it runs. Arguments go on to it:
//
//   npm run test:chaos -- --seed 7 --seconds 120
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './lock.mjs';

// The suite imports `../../src/x.js`; in the copy that is the built file.
const SUITE = ['test/chaos', 'test/arena'];

async function compile(source, to) {
  const { transform } = await import('@swc/core');
  const { $schema: _, ...swc } = JSON.parse(await readFile(join(root, '.swcrc'), 'utf8'));
  const { code } = await transform(source.text, { ...swc, swcrc: false, filename: source.path, sourceMaps: 'inline' });
  mkdirSync(dirname(to), { recursive: true });
  await writeFile(to, code);
}

async function compileSuite(stage) {
  for (const folder of SUITE) {
    for (const name of await readdir(join(root, folder))) {
      if (!name.endsWith('.ts')) continue;
      const path = join(root, folder, name);
      await compile({ path, text: await readFile(path, 'utf8') }, join(stage, folder, name.replace(/\.ts$/, '.js')));
    }
  }
}

/** Replaces text in one source and compiles it into the copy; the text has to be there, once. */
async function breakPromise(stage, { file, from, to }) {
  const path = join(root, file);
  const text = await readFile(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not say this exactly once any more; the mutant has to follow it:\n${from}`);
  await compile({ path, text: text.replace(from, () => to) }, join(stage, relative('src', file).replace(/^/, 'dist/').replace(/\.ts$/, '.js')));
}

/** The copy's main.js is the promise kept, in one file: it is made again, of what is broken now. */
async function bundleAgain(stage) {
  const { bundleServer } = await import('./bundle-server.mjs');
  const path = join(root, 'src', 'main.ts');
  await compile({ path, text: await readFile(path, 'utf8') }, join(stage, 'dist', 'main.js'));
  await bundleServer(join(stage, 'dist'));
}

/** A folder that looks like the clone from inside: the build, the suite, and what they read beside them. */
export async function openStage(edits = []) {
  await install();
  await build();
  const stage = mkdtempSync(join(tmpdir(), 'grandstand-chaos-'));
  for (const name of ['dist', 'prisma', 'nginx.conf', 'package.json']) cpSync(join(root, name), join(stage, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(stage, 'node_modules'));
  symlinkSync('dist', join(stage, 'src'));
  await compileSuite(stage);
  for (const edit of edits) await breakPromise(stage, edit);
  if (edits.length > 0) await bundleAgain(stage);
  return stage;
}

/** Runs the suite on a stage and answers with its exit code; the stage is gone afterwards. */
export async function runSuite(stage, args, stdio = 'inherit') {
  const child = spawn(process.execPath, ['--enable-source-maps', join(stage, 'test', 'chaos', 'main.js'), '--folder', join(stage, 'run'), ...args], { cwd: stage, stdio });
  const onSignal = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, onSignal);
    if (existsSync(stage)) rmSync(stage, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = await runSuite(await openStage(), process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
