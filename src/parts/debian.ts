/**
 * Finds a program on this machine, or installs its Debian package where that
 * needs no question: as root on Debian or Ubuntu. Anywhere else the answer is
 * `undefined`, and the caller says what to install.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Packages put servers into sbin, which an ordinary user's PATH often leaves out. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export function findBinary(...names: string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SBIN].filter((folder) => folder !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here; the next folder may have it.
      }
    }
  }
  return undefined;
}

const POLICY = '/usr/sbin/policy-rc.d';

function run(command: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', (code) => {
      resolve(code === 0);
    });
  });
}

async function aptInstall(packageName: string): Promise<void> {
  // Debian starts a server as it installs it. We want the program, not a
  // second server on port 80 or 6379: this file is Debian's own way to say so.
  const forbidStart = !existsSync(POLICY);
  if (forbidStart) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    const install = [...wait, 'install', '-y', '--no-install-recommends', packageName];
    if (await run('apt-get', install)) return;
    // Fresh images come without package lists.
    await run('apt-get', [...wait, 'update']);
    await run('apt-get', install);
  } finally {
    if (forbidStart) rmSync(POLICY, { force: true });
  }
}

export async function ensureBinary(packageName: string, ...names: string[]): Promise<string | undefined> {
  const found = findBinary(...names);
  if (found !== undefined) return found;
  const canInstall =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && findBinary('apt-get') !== undefined;
  if (!canInstall) return undefined;
  await aptInstall(packageName);
  return findBinary(...names);
}
