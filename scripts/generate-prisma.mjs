/**
 * Writes the Prisma client into src/generated/prisma, without reaching for the network.
 *
 * `prisma generate` runs entirely on WebAssembly, but before it starts it insists on
 * a schema engine binary, which it would download from a host that is not the npm
 * registry. The binary is never executed, so any existing file will do.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(here), '..');

export async function generatePrisma() {
  const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
  const command = path.join(path.dirname(manifest), 'build', 'index.js');
  const child = spawn(process.execPath, [command, 'generate', '--no-hints'], {
    cwd: root,
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: here,
      // No version check, no telemetry, no advertisement: nothing of it is reachable offline.
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`prisma generate failed:\n${output.trim()}`);
}

if (process.argv[1] === here) {
  await generatePrisma().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
