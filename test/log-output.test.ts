/** Whoever reads the logs may stop reading: the server goes on. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../src/parts/free-port.js';
import { JWT_SECRET } from './arena/arena.js';
import { createDatabase, type TestDatabase } from './arena/database.js';
import { until } from './arena/until.js';

describe('the last log lines', () => {
  it('are out when the process has ended, also those that waited behind another', async () => {
    const log = new URL('../dist/platform/logging/log-output.js', import.meta.url).href;
    const says = `const { logOutput } = await import(${JSON.stringify(log)});
      const output = logOutput();
      for (let line = 1; line <= 1000; line += 1) output.stream.write('line ' + line + '\\n');
      output.exit(70);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', says], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, text.split('\n').length - 1, text.split('\n').at(-2)]).toEqual([70, 1000, 'line 1000']);
  });
});

describe('log lines that nobody reads', () => {
  let database: TestDatabase;
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    server?.kill('SIGKILL');
    await database.drop();
  });

  it('do not stop the server, and do not keep it from ending', async () => {
    const port = await freePort();
    // A pipe that is never read: some 200 kB fit into it.
    const started = spawn(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url))], {
      env: { DATABASE_URL: database.url, JWT_SECRET, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'debug', NODE_ENV: 'test' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = started;
    const ended = new Promise<number | null>((resolve) => started.once('exit', resolve));
    const live = (): Promise<boolean> => fetch(`http://127.0.0.1:${String(port)}/health/live`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.ok);
    await until(() => live().catch(() => false), 20_000, 'the server to answer');
    // Each is a line of more than 100 bytes: far beyond what the pipe takes.
    for (let batch = 0; batch < 150; batch += 1) await Promise.all(Array.from({ length: 40 }, live));
    expect(await live()).toBe(true);
    started.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 180_000);
});
