/** A real hot standby of a PostgreSQL: made from a base backup taken by hand, since the packaged binaries have no pg_basebackup. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { postgresBinaries } from '../../src/parts/postgres-binaries.js';
import { startPostgres, type Postgres } from '../../src/parts/postgres.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { until } from './until.js';

export interface Standby extends Postgres {
  /** From now on it stays where it is; what it receives waits. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Waits until it has replayed what is committed on the primary now. */
  catchUp(): Promise<void>;
}

/** What a backup leaves out: the primary's own process, and a log and slots that the standby makes for itself. */
const LEFT_OUT = ['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot'];
const WITHIN_MS = 20_000;

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

async function backUp(primary: Postgres, from: string, to: string): Promise<void> {
  const { user } = postgresBinaries();
  const client = new pg.Client(primary.url());
  await client.connect();
  try {
    await client.query(`select pg_backup_start('standby', fast => true)`);
    execFileSync('cp', ['-a', from, to]);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(wait_for_archive => false)');
    for (const name of LEFT_OUT) {
      if (name.startsWith('postmaster')) rmSync(join(to, name), { force: true });
      else for (const entry of readdirSync(join(to, name))) rmSync(join(to, name, entry), { recursive: true });
    }
    const { password } = new URL(primary.url());
    appendFileSync(join(to, 'postgresql.auto.conf'), `primary_conninfo = 'host=127.0.0.1 port=${String(primary.port)} user=postgres password=${password}'\n`);
    for (const [name, text] of [['backup_label', rows[0]?.labelfile ?? ''], ['standby.signal', '']] as const) {
      writeFileSync(join(to, name), text, { mode: 0o600 });
      if (user) chownSync(join(to, name), user.uid, user.gid);
    }
  } finally {
    await client.end();
  }
}

/** `from` is the primary's data folder, `dataDir` the one that is made. */
async function startStandby(primary: Postgres, { from, dataDir, settings }: { from: string; dataDir: string; settings?: Record<string, string> }): Promise<Standby> {
  await backUp(primary, from, dataDir);
  const standby = await startPostgres({ dataDir, settings });
  const replayed = (sql: string): Promise<unknown> => ask(standby.url(), sql);
  return Object.assign(standby, {
    async pause() {
      await replayed('select pg_wal_replay_pause()');
      await until(async () => (await replayed('select pg_get_wal_replay_pause_state()')) === 'paused', WITHIN_MS, 'replay to pause');
    },
    async resume() {
      await replayed('select pg_wal_replay_resume()');
    },
    async catchUp() {
      const position = String(await ask(primary.url(), 'select pg_current_wal_flush_lsn()'));
      await until(async () => (await replayed(`select pg_last_wal_replay_lsn() >= '${position}'`)) === true, WITHIN_MS, `the standby to replay up to ${position}`);
    },
  });
}

/** A primary with these databases, migrated, and its standby, in a folder of their own. */
export async function startWithStandby(databases: readonly string[], more: Record<string, string> = {}): Promise<{ primary: Postgres; standby: Standby; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'grandstand-standby-'));
  const settings = { shared_buffers: '32MB', autovacuum: 'off', wal_keep_size: '512MB', ...more };
  const started: Postgres[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.reverse()) await each.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const primary = await startPostgres({ dataDir: join(folder, 'primary'), settings });
    started.push(primary);
    for (const name of databases) await migrate(primary.url(name));
    const standby = await startStandby(primary, { from: join(folder, 'primary'), dataDir: join(folder, 'standby'), settings });
    started.push(standby);
    return { primary, standby, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
