/**
 * The git-ignored folder in which everything is kept: the database, the secret,
 * the logs. One launcher at a time uses it.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './say.js';

export interface DataFolder {
  readonly postgres: string;
  readonly redis: string;
  readonly nginx: string;
  readonly logs: string;
  /** Remembers where this launcher serves, for the next one that asks. */
  note(address: string): void;
  release(): void;
}

interface Claim {
  pid: number;
  /** Pids are given again; together with its start, one names one process for good. */
  startedAt: string;
  address: string | undefined;
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive({ pid, startedAt }: Claim): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return startedAt === '' || startOf(pid) === startedAt;
}

function readClaim(path: string): Claim | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Claim;
  } catch {
    return undefined;
  }
}

/** Moved aside and looked at once more: another start may have put its own claim there in between. */
function dropDeadClaim(path: string, folder: string): void {
  const aside = `${path}.${String(process.pid)}.dead`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readClaim(aside);
  try {
    if (moved === undefined || !isAlive(moved)) return;
    linkSync(aside, path);
    throw alreadyRunning(folder, moved);
  } finally {
    rmSync(aside, { force: true });
  }
}

export function claimDataFolder(folder: string): DataFolder {
  const path = join(folder, 'launcher.json');
  const mine: Claim = { pid: process.pid, startedAt: startOf(process.pid), address: undefined };
  const draft = `${path}.${String(process.pid)}`;
  const logs = join(folder, 'logs');
  try {
    mkdirSync(logs, { recursive: true });
    writeFileSync(draft, JSON.stringify(mine));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`The data cannot be kept in ${folder}: ${reason}.\nMake room or give it to this user, or keep the data elsewhere: \`GRANDSTAND_DATA=/another/folder npm start\`.`);
  }
  try {
    // An exclusive link to a finished file: of two starts at once, one gets it.
    for (let attempt = 1; ; attempt += 1) {
      try {
        linkSync(draft, path);
        break;
      } catch (error) {
        const other = readClaim(path);
        if (other !== undefined && isAlive(other)) throw alreadyRunning(folder, other);
        if (attempt === 3) throw error;
        dropDeadClaim(path, folder);
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    postgres: join(folder, 'postgres'),
    redis: join(folder, 'redis'),
    nginx: join(folder, 'nginx'),
    logs,
    note(address) {
      writeFileSync(path, JSON.stringify({ ...mine, address }));
    },
    release() {
      rmSync(path, { force: true });
    },
  };
}

function alreadyRunning(folder: string, { pid, address }: Claim): CannotStart {
  const where = address === undefined ? 'is starting' : `serves on ${address}`;
  return new CannotStart(
    [
      `Grandstand is already running with the data in ${folder}:`,
      `process ${String(pid)} ${where}.`,
      `Stop it there with Ctrl-C (or \`kill ${String(pid)}\`), or start a second one beside it with`,
      'its own data: `GRANDSTAND_DATA=.grandstand/second PORT=3001 npm start`.',
    ].join('\n'),
  );
}

/** Made once: a new one would end every session and turn every printed token into a dead one. */
export function keptSecret(folder: string): string {
  const path = join(folder, 'jwt-secret');
  try {
    writeFileSync(path, `${randomBytes(48).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
