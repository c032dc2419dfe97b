/** The tournament that plays itself (src/simulator), as a child that posts through the REST API. */
import { join } from 'node:path';
import { startChild } from '../parts/child.js';
import { keepRunning } from './keep-running.js';
import type { Shutdown } from './shutdown.js';

export function startDemo(dist: string, url: string, token: string, shutdown: Shutdown): void {
  const launch = () =>
    startChild({
      name: 'demo',
      command: process.execPath,
      args: ['--enable-source-maps', join(dist, 'simulator', 'main.js')],
      env: { ...process.env, GRANDSTAND_URL: url, GRANDSTAND_TOKEN: token },
    });
  let child = launch();
  shutdown.defer('demo', async () => {
    await child.stop(2_000);
  });
  const demo = {
    exited: () => child.exited.then(() => undefined),
    restart: () => {
      child = launch();
      return Promise.resolve();
    },
  };
  // It is decoration: that it starts over is nobody's concern.
  void keepRunning(demo, { name: 'demo', signal: shutdown.signal, loud: false });
}
