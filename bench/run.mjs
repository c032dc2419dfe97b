// `node bench/run.mjs <name> [options]`: builds the server and the benchmarks,
// then runs bench/<name>.ts. The compiled benchmarks lie beside a link to dist/
// that stands for src/, so that `../src/…` means the code that is measured.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build as compile } from 'esbuild';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/lock.mjs';

const [name, ...args] = process.argv.slice(2);
const bench = join(root, 'bench');
if (name === undefined || !existsSync(join(bench, `${name}.ts`))) {
  const names = readdirSync(bench).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
  process.stderr.write(`usage: node bench/run.mjs <${names.join('|')}> [options]\n`);
  process.exit(64);
}

await build();
const out = join(root, '.grandstand', 'bench');
mkdirSync(out, { recursive: true });
const sources = readdirSync(bench, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
await compile({ entryPoints: sources, outdir: join(out, 'bench'), outbase: bench, format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'error' });
rmSync(join(out, 'src'), { force: true });
symlinkSync(join('..', '..', 'dist'), join(out, 'src'));

const child = spawn(process.execPath, ['--enable-source-maps', join(out, 'bench', `${name}.js`), ...args], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
