/**
 * A PostgreSQL data folder: made whole or not at all, and owned by one server
 * at a time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.js';

const PASSWORD_FILE = 'grandstand.password';

export class DataFolderInUse extends Error {
  constructor(dataDir: string, pid: number) {
    super(`the PostgreSQL data in ${dataDir} is in use by a server that runs already (process ${String(pid)})`);
    this.name = 'DataFolderInUse';
  }
}

/**
 * How the server names its data folder. A root's clone may lie below a folder
 * that the `postgres` user cannot enter (/root). The process is therefore put
 * into the data folder while it is still root; `/proc/self/cwd` leads there
 * without walking the path, so the data may stay where the clone is.
 */
export function nameForServer(dataDir: string, { user }: PostgresBinaries): string {
  if (user === undefined) return dataDir;
  const reachable = spawnSync('test', ['-x', dataDir], { ...user, cwd: '/' }).status === 0;
  return reachable ? dataDir : '/proc/self/cwd';
}

function makeFolder(path: string, { user }: PostgresBinaries): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

function initdb(folder: string, binaries: PostgresBinaries, sync: boolean): Promise<void> {
  const { user } = binaries;
  const password = `${randomBytes(18).toString('base64url')}\n`;
  // initdb wants an empty folder, so the password reaches it from elsewhere.
  const passwordFile = join(mkdtempSync(join(tmpdir(), 'grandstand-initdb-')), 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    for (const path of [dirname(passwordFile), passwordFile]) chownSync(path, user.uid, user.gid);
  }
  const args = [
    ...['--pgdata', nameForServer(folder, binaries), '--username', 'postgres', '--encoding', 'UTF8'],
    // PostgreSQL's own C.UTF-8, so that no order depends on the machine's locales.
    ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
    ...['--auth', 'scram-sha-256', '--pwfile', passwordFile, '--no-instructions'],
    ...(sync ? [] : ['--no-sync']),
  ];
  return new Promise<void>((resolve, reject) => {
    const child = spawn(binaries.initdb, args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`initdb failed (code ${String(code)})\n${said}`));
    });
  })
    .then(() => {
      writeFileSync(join(folder, PASSWORD_FILE), password, { mode: 0o600 });
      if (user !== undefined) chownSync(join(folder, PASSWORD_FILE), user.uid, user.gid);
    })
    .finally(() => {
      rmSync(dirname(passwordFile), { recursive: true, force: true });
    });
}

/** Makes the folder if it is not there; two starts at once end with one of the two made folders. */
export async function prepareDataFolder(dataDir: string, binaries: PostgresBinaries, sync: boolean): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  mkdirSync(dirname(dataDir), { recursive: true });
  const unfinished = `${dataDir}.${randomBytes(4).toString('hex')}.new`;
  makeFolder(unfinished, binaries);
  try {
    await initdb(unfinished, binaries, sync);
    renameSync(unfinished, dataDir);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(join(dataDir, 'PG_VERSION'))) throw error;
  }
}

export function readPassword(dataDir: string): string {
  return readFileSync(join(dataDir, PASSWORD_FILE), 'utf8').trim();
}

/** The live server that has this folder, if `postmaster.pid` names one. */
function ownerOf(dataDir: string, lock: string): number | undefined {
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    // A server's working folder is its data folder.
    return realpathSync(readlinkSync(`/proc/${String(pid)}/cwd`)) === realpathSync(dataDir) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * After kill -9 the pid file stays, and its number may belong to another
 * process by now, which PostgreSQL would take for a running server.
 */
export function claimDataFolder(dataDir: string): void {
  const lock = join(dataDir, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const owner = ownerOf(dataDir, lock);
  if (owner !== undefined) throw new DataFolderInUse(dataDir, owner);
  rmSync(lock, { force: true });
}
