/** A storm while an instance, or nginx, is busy: connections wait their turn in the kernel, none is dropped to try again seconds later. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { until } from './arena/until.js';

/** More than Node would let wait, far fewer than a storm is. */
const CALLERS = 1_000;
/** What the kernel lets wait at most: 4,096 since Linux 5.4. */
const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));

const workersOf = (pid: number): number[] => readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim().split(/\s+/).map(Number);

describe('callers of one that cannot accept for a moment', () => {
  let arena: Arena | undefined;
  let stopped: number[] = [];
  const sockets: Socket[] = [];
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const pid of stopped) process.kill(pid, name);
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    signal('SIGCONT');
    stopped = [];
    await arena?.close();
  });

  (somaxconn > CALLERS ? it : it.skip).each(['an instance', 'nginx'])(`wait for %s, all ${String(CALLERS)}, and are answered when it is back`, async (which) => {
    const behindNginx = which === 'nginx';
    arena = await openArena({ nginx: behindNginx });
    const { port, pid } = behindNginx ? arena.nginx : arena.at(0);
    stopped = behindNginx ? workersOf(pid) : [pid];
    signal('SIGSTOP');
    let [connected, answered] = [0, 0];
    for (let caller = 0; caller < CALLERS; caller += 1) {
      const socket = connect(port, '127.0.0.1', () => {
        connected += 1;
        socket.write('GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
      });
      socket.once('data', (bytes) => {
        if (bytes.toString('latin1').startsWith('HTTP/1.1 200')) answered += 1;
      });
      sockets.push(socket);
    }
    // The kernel does this part: with a shorter queue the rest are dropped, and no retry helps while nobody accepts.
    await until(() => connected === CALLERS, 10_000, () => `${String(connected)} of ${String(CALLERS)} connected`);
    expect(answered).toBe(0);
    signal('SIGCONT');
    await until(() => answered === CALLERS, 30_000, () => `${String(answered)} of ${String(CALLERS)} answered`);
  });
});
