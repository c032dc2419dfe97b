/** One address for a part, behind which another server may take over. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Switch {
  readonly port: number;
  /** Ends what is connected; who connects from now on reaches the server at this port. */
  turnTo(port: number): void;
  close(): Promise<void>;
}

/** `heard`: given what the server sends. */
export async function openSwitch(first: number, heard: (chunk: Buffer) => void = () => undefined): Promise<Switch> {
  let target = first;
  const sockets = new Set<Socket>();
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      });
    }
    far.on('data', heard);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    turnTo(port) {
      target = port;
      drop();
    },
    close: () =>
      new Promise((resolve) => {
        drop();
        server.close(() => resolve());
      }),
  };
}
