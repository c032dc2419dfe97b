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

function npm(...command) {
  // The build needs the development packages, whatever NODE_ENV says.
  const args = [...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', shell: process.platform === 'win32' };
  const { status, error, stderr } = spawnSync('npm', args, options);
  return { status: error?.message ?? status, output: stderr ?? '' };
}

function explain(status) {
  return [
    `npm could not install (code ${status}). What npm said is above. Usual reasons:`,
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
      const first = npm('ci');
      // A registry without the packages for other systems leaves them out of the
      // lockfile (scripts/complete-lockfile.mjs), and `npm ci` refuses then.
      // `install` takes the same versions from the same lockfile.
      const last = first.output.includes('EUSAGE') ? npm('install', '--no-save') : first;
      if (last.status !== 0) {
        process.stderr.write(last.output);
        throw new Error(explain(last.status));
      }
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
