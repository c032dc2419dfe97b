/** Stands between an instance and Redis, and can keep Redis's answers to itself. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface HoldingRedis {
  readonly url: string;
  /** From now on nothing is answered; nothing is closed. */
  hold(): void;
  /** How many connections have asked for `word` since then. */
  asked(word: string): number;
  close(): Promise<void>;
}

export async function openHoldingRedis(redisPort: number): Promise<HoldingRedis> {
  const asked = new Map<Socket, string>();
  let holding = false;
  const server = createServer((near) => {
    const far = connect(redisPort, '127.0.0.1');
    asked.set(near, '');
    for (const [socket, other] of [[near, far], [far, near]] as const) socket.on('error', () => undefined).on('close', () => other.destroy());
    near.on('data', (chunk) => {
      if (holding) asked.set(near, `${asked.get(near) ?? ''}${chunk.toString('latin1')}`);
      else far.write(chunk);
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    hold: () => {
      holding = true;
    },
    asked: (word) => [...asked.values()].filter((text) => text.includes(word)).length,
    close: () =>
      new Promise((resolve) => {
        for (const socket of asked.keys()) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
