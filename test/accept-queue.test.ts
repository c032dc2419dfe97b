/** A storm while an instance is busy: connections wait their turn in the kernel, none is dropped to try again seconds later. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openArena, type Arena } from './arena/arena.js';
import { until } from './arena/until.js';

/** More than Node would let wait, far fewer than a storm is. */
const CALLERS = 1_000;
/** What the kernel lets wait at most: 4,096 since Linux 5.4. */
const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));

describe('an instance that cannot accept for a moment', () => {
  let arena: Arena | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    arena?.at(0).signal('SIGCONT');
    await arena?.close();
  });

  (somaxconn > CALLERS ? it : it.skip)(`keeps ${String(CALLERS)} callers waiting, and answers them all when it is back`, async () => {
    arena = await openArena();
    const { port } = arena.at(0);
    let [connected, answered] = [0, 0];
    arena.at(0).signal('SIGSTOP');
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
    // The kernel does this part: with a shorter queue the rest are dropped, and no retry helps while the instance stands still.
    await until(() => connected === CALLERS, 10_000, () => `${String(connected)} of ${String(CALLERS)} connected`);
    expect(answered).toBe(0);
    arena.at(0).signal('SIGCONT');
    await until(() => answered === CALLERS, 30_000, () => `${String(answered)} of ${String(CALLERS)} answered`);
  });
});
