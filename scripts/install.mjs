// Installs the packages of package-lock.json, only when they are not there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, withLock } from './lock.mjs';

const lockfile = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.grandstand-install');

const wanted = () =>
  createHash('sha256').update(readFileSync(lockfile)).update(`${process.platform} ${process.arch}`).digest('hex');

const isStamped = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();

// Somebody ran `npm ci` or `npm install` by hand: npm keeps a list of what it
// put there, and when that says what the lockfile says, nothing is missing.
function isInstalledByHand() {
  const present = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(present)) return false;
  const { packages: there } = JSON.parse(readFileSync(present, 'utf8'));
  const { packages: asked } = JSON.parse(readFileSync(lockfile, 'utf8'));
  return Object.entries(asked).every(([path, entry]) => {
    if (path === '') return true;
    const found = there[path];
    if (found === undefined) return entry.optional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function explain(status) {
  return [
    `npm ci failed (code ${status}). What npm said is above. Usual reasons:`,
    '  - no way to the npm registry: check the network, or `npm config get registry`',
    '  - an old npm: Node 20.19 or later brings one that works',
    '  - a node_modules owned by another user: remove it and try again',
  ].join('\n');
}

export async function install() {
  if (isStamped()) return;
  await withLock('install', () => {
    if (isStamped()) return;
    if (!isInstalledByHand()) {
      process.stdout.write('Installing packages (npm ci) ...\n');
      // The build needs the development packages, whatever NODE_ENV says.
      const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      const { status, error } = spawnSync('npm', args, {
        cwd: root,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      });
      if (status !== 0) throw new Error(explain(error?.message ?? status));
    }
    writeFileSync(stamp, wanted());
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await install().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
