// One at a time, across processes of the same clone: two `npm test` started
// together must not install or build over each other.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.grandstand', 'locks');

// A pid alone may have been given to another process since; Linux tells when
// a process began, so that both together name one process for good.
function startedAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

const identity = (pid) => `${pid} ${startedAt(pid)}`;

function isHeld(path) {
  let owner;
  try {
    owner = readFileSync(path, 'utf8').trim();
  } catch {
    return false;
  }
  const pid = Number.parseInt(owner, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const [, began = ''] = owner.split(' ');
  return began === '' || began === startedAt(pid);
}

// The lock appears with its owner's name already in it (an exclusive link to
// a finished file), so that nobody can take an empty one for a stale one.
function acquire(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, identity(process.pid));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

// Taking over a dead owner's lock is itself done by one at a time, or else the
// second would throw away the lock that the first has just taken.
function dropStale(path) {
  const takeover = `${path}.takeover`;
  try {
    mkdirSync(takeover);
  } catch {
    // Its maker died within the few microseconds this takes: it does not count.
    const age = Date.now() - (statSync(takeover, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) rmSync(takeover, { recursive: true, force: true });
    return;
  }
  try {
    if (!isHeld(path)) renameSync(path, `${takeover}/stale`);
  } catch {
    // Released in between.
  } finally {
    rmSync(takeover, { recursive: true, force: true });
  }
}

export async function withLock(name, work) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.lock`);
  while (!acquire(path)) {
    if (isHeld(path)) await wait(100);
    else dropStale(path);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
