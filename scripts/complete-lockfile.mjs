// Adds to package-lock.json the packages for other systems that npm left out,
// because the registry it asked did not have them: `node scripts/complete-lockfile.mjs`.
//
// Without them `npm ci` calls the lockfile out of step with package.json and
// installs nothing, on any system. With an entry (version, os, cpu) it knows
// what to skip. Run it after adding a package; npm keeps the entries then.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lock.mjs';

const path = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const { packages } = lock;

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const ARM = { eabi: 'arm', gnueabihf: 'arm', musleabihf: 'arm' };
const LIBCS = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

// As Node finds a package: from the asking one's folder upwards.
function isLocked(asking, name) {
  for (let folder = asking; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

// Such packages are named by what they are for: `core-linux-arm-gnueabihf`.
function entryFor(name, version, { dev, engines }) {
  const words = name.split('/').pop().split('-');
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.map((word) => ARM[word] ?? word).find((word) => CPUS.includes(word));
  const libc = os === 'linux' ? words.map((word) => LIBCS[word]).find((word) => word !== undefined) : undefined;
  if (os === undefined || cpu === undefined) return undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev === true ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
    ...(engines === undefined ? {} : { engines }),
  };
}

let added = 0;
for (const [asking, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(asking, name)) continue;
    const made = /^\d/.test(version) ? entryFor(name, version, entry) : undefined;
    if (made === undefined) {
      process.stderr.write(`cannot tell what ${name}@${version} is for: left out\n`);
      continue;
    }
    packages[`node_modules/${name}`] = made;
    added += 1;
  }
}

lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added to package-lock.json\n`);
