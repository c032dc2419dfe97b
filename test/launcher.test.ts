/**
 * `npm start` as a person meets it: run as a process of its own, with a data
 * folder of its own, and asked over HTTP.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';

const START = fileURLToPath(new URL('../scripts/start.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'grandstand-launcher-'));
const running: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => end(child, 'SIGKILL')));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Launch {
  child: ChildProcess;
  said: () => string;
}

function launch(args: string[], env: NodeJS.ProcessEnv): Launch {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, NODE_ENV: 'development', DATABASE_URL: '', REDIS_URL: '', JWT_SECRET: '', DEMO: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, said: () => said };
}

function end(child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('close', resolve);
    if (signal !== undefined) child.kill(signal);
  });
}

async function until<T>(what: string, probe: () => T | undefined | false, within = 30_000): Promise<T> {
  const over = Date.now() + within;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > over) throw new Error(`waited in vain for ${what}`);
    await pause(20);
  }
}

/** What `node -e 0` takes on a quiet machine of two cores. */
const QUIET_START_MS = 50;

/** The slowest of three starts, milliseconds. */
function startOfNode(): number {
  const starts = [1, 2, 3].map(() => {
    const begun = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - begun;
  });
  return Math.max(...starts);
}

async function untilServing({ child, said }: Launch): Promise<string> {
  return until('the address', () => {
    if (child.exitCode !== null) throw new Error(`the launcher ended:\n${said()}`);
    return said().includes('Ctrl-C stops everything') ? /Health\s+(http:\S+)\/health\/ready/.exec(said())?.[1] : undefined;
  });
}

interface Process {
  pid: number;
  parent: number;
  /** With its start, a pid names one process for good. */
  startedAt: string;
}

/** The processes that run; one that has ended and waits for its parent to notice does not. */
function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        return [{ pid: Number(name), parent: Number(fields[1]), startedAt: fields[19] ?? '' }];
      } catch {
        return [];
      }
    });
}

/** The launcher and all that it started, down to PostgreSQL's workers. */
function familyOf({ child }: Launch): Process[] {
  const all = processes();
  const family = all.filter(({ pid }) => pid === child.pid);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

function survivorsOf(family: Process[]): Process[] {
  const all = processes();
  return family.filter((member) => all.some(({ pid, startedAt }) => pid === member.pid && startedAt === member.startedAt));
}

function environ(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
  } catch {
    return '';
  }
}

const instanceOf = (launched: Launch, number: number): number | undefined =>
  familyOf(launched).find(({ pid }) => environ(pid).includes(`\0INSTANCE_ID=${String(number)}\0`))?.pid;

test('a taken port is said, with who has it and how to choose another', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const data = join(folder, 'taken');

  const started = launch([], { PORT: String(port), GRANDSTAND_DATA: data });
  expect(await end(started.child)).toBe(1);
  expect(started.said()).toContain(`Port ${String(port)} is taken by process ${String(process.pid)}`);
  expect(started.said()).toMatch(/PORT=\d+ npm start/);
  server.close();
});

test('a DATABASE_URL that is none, that nobody answers at, or that lets nobody in is named, with what to do', async () => {
  const password = 'hunter2-hunter2';
  const said = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const started = launch([], { PORT: '0', GRANDSTAND_DATA: join(folder, 'elsewhere'), ...env });
    expect(await end(started.child)).toBe(1);
    expect(started.said()).not.toContain(password);
    // No stack.
    expect(started.said()).not.toMatch(/^ {4}at /m);
    return started.said();
  };
  const nonsense = await said({ DATABASE_URL: `mysql://app:${password}@db/x`, LOG_LEVEL: 'loud' });
  expect(nonsense).toContain('DATABASE_URL is set (not shown): it has to be postgresql://user:password@host:5432/database');
  expect(nonsense).toContain('LOG_LEVEL is "loud"');
  const nobody = await said({ DATABASE_URL: `postgresql://app:${password}@127.0.0.1:1/x` });
  expect(nobody).toMatch(/cannot start: nobody answers at DATABASE_URL, 127\.0\.0\.1:1:\n.*ECONNREFUSED.*\nStart that PostgreSQL/);
  expect(await said({ DATABASE_URL: `postgresql://app:${password}@db.invalid:5432/x` })).toMatch(/nobody answers at DATABASE_URL, db\.invalid:5432:\n.*(ENOTFOUND|EAI_AGAIN)/);
  const stranger = new URL(process.env['GRANDSTAND_TEST_POSTGRES'] ?? '');
  stranger.username = 'nobody_of_that_name';
  stranger.password = password;
  expect(await said({ DATABASE_URL: stranger.href })).toMatch(/DATABASE_URL does not let it in.*\n.*\nCorrect its user and password/);
});

test('a HOST, a DEMO_SPEED and a GRANDSTAND_DATA that are none are named before anything is started', async () => {
  const said = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const started = launch([], { PORT: '18080', GRANDSTAND_DATA: join(folder, 'nonsense'), ...env });
    expect(await end(started.child)).toBe(1);
    expect(started.said()).not.toMatch(/^ {4}at |started on/m);
    return started.said();
  };
  // An address for documentation: no machine's.
  const [host, hostOfAnyPort, speed, data] = await Promise.all([said({ HOST: '192.0.2.1' }), said({ HOST: '192.0.2.1', PORT: '0', GRANDSTAND_DATA: join(folder, 'any-port') }), said({ DEMO: 'on', DEMO_SPEED: 'fast', GRANDSTAND_DATA: join(folder, 'fast') }), said({ GRANDSTAND_DATA: join(START, 'data') })]);
  expect(host).toContain('HOST is "192.0.2.1": it may be an address of this machine');
  expect(hostOfAnyPort).toContain('HOST is "192.0.2.1"');
  expect(speed).toContain('DEMO_SPEED is "fast": a number above 0');
  expect(data).toMatch(/The data cannot be kept in .*start\.mjs\/data: E.*\n.*GRANDSTAND_DATA=/);
});

test('the README posts a score with what can be pasted', async () => {
  const data = join(folder, 'readme');
  const started = launch([], { PORT: '0', GRANDSTAND_DATA: data });
  const url = await untilServing(started);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const block = /## Post a score\n\n```sh\n([^`]+)```/.exec(readme)?.[1] ?? '';
  expect(block).toContain('http://localhost:3000');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const pasted = spawnSync('sh', ['-e'], { input: block.replaceAll('http://localhost:3000', url).replaceAll('curl ', 'curl -sS --fail-with-body '), cwd: root, env: { ...process.env, GRANDSTAND_DATA: data, JWT_SECRET: '' }, encoding: 'utf8' });
  expect([pasted.status, pasted.stdout]).toEqual([0, expect.stringContaining('"homeScore":1')]);
  expect(await (await fetch(`${url}/api/v1/matches/final`)).json()).toMatchObject({ seq: 2, status: 'LIVE', homeScore: 1, awayScore: 0 });
  started.child.kill('SIGINT');
  expect(await end(started.child)).toBe(0);
});

test('starts, is ready, refuses a second of its kind, ends without a trace, and starts again within five seconds', async () => {
  const data = join(folder, 'one');
  const env = { PORT: '0', GRANDSTAND_DATA: data };
  const first = launch([], env);
  const url = await untilServing(first);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(first.said()).toMatch(/curl -X POST \S+\/api\/v1\/tournaments/);

  const twin = launch([], env);
  expect(await end(twin.child)).toBe(1);
  expect(twin.said()).toContain('already running');

  const family = familyOf(first);
  // The launcher, the server, Redis and PostgreSQL at least.
  expect(family.length).toBeGreaterThanOrEqual(4);
  expect(await end(first.child, 'SIGINT')).toBe(0);
  expect(survivorsOf(family)).toEqual([]);

  // Five seconds on a machine that has nothing else to do; the other tests run beside this one, and how much
  // slower they make it is told by what starting an empty Node.js takes now.
  const slowness = Math.max(1, startOfNode() / QUIET_START_MS);
  const since = performance.now();
  const second = launch([], env);
  await untilServing(second);
  expect(performance.now() - since).toBeLessThan(5_000 * slowness);
  expect(second.said()).not.toMatch(/Installing|Building/);
  const secondFamily = familyOf(second);
  expect(await end(second.child, 'SIGTERM')).toBe(0);
  expect(survivorsOf(secondFamily)).toEqual([]);
});

test('the printed command opens a tournament', async () => {
  const data = join(folder, 'command');
  const started = launch([], { PORT: '0', GRANDSTAND_DATA: data });
  await untilServing(started);
  const command = /^curl .*$/m.exec(started.said())?.[0] ?? '';
  const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
  let answer = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  await end(shell);
  expect(JSON.parse(answer)).toMatchObject({ id: 'summer-cup', game: 'CSGO' });
  await end(started.child, 'SIGINT');
});

test('two instances share one address, a killed one comes back, and kill -9 of the launcher leaves no process', async () => {
  const data = join(folder, 'two');
  const started = launch(['--instances', '2'], { PORT: '0', GRANDSTAND_DATA: data });
  const url = await untilServing(started);

  const instance = instanceOf(started, 1);
  expect(instance).toBeDefined();
  process.kill(instance ?? 0, 'SIGKILL');
  // The other one answers meanwhile.
  for (let n = 0; n < 20; n += 1) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  await until('the word about it', () => started.said().includes('instance 1 ended by itself'));
  await until('its return', () => ![undefined, instance].includes(instanceOf(started, 1)));

  const family = familyOf(started);
  await end(started.child, 'SIGKILL');
  await until('the end of them all', () => survivorsOf(family).length === 0, 10_000);
});
