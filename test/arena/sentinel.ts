/** A Redis Sentinel that watches one primary. It keeps its state in its configuration file, in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, untilReady } from '../../src/parts/child.js';
import { freePort } from '../../src/parts/free-port.js';
import { findRedisBinary, type Redis } from '../../src/parts/redis.js';

export async function startSentinel(primary: Redis, name: string): Promise<{ port: number; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'grandstand-sentinel-'));
  const config = join(dir, 'sentinel.conf');
  const port = await freePort();
  writeFileSync(config, `port ${String(port)}\nbind 127.0.0.1\ndir ${dir}\nsentinel monitor ${name} 127.0.0.1 ${String(primary.port)} 1\n`);
  let ready: () => void = () => undefined;
  const readiness = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = startChild({
    name: 'Sentinel',
    command: findRedisBinary() ?? 'redis-server',
    args: [config, '--sentinel'],
    onLine: (line) => {
      if (line.includes('+monitor')) ready();
    },
  });
  await untilReady(child, readiness, 10_000);
  return {
    port,
    stop: async () => {
      await child.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
