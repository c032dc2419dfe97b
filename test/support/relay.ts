/** A TCP relay that can crawl, and lose what goes over it: as a firewall that forgot its connections does, where nothing is closed and nothing arrives, or as a pulled plug. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface Relay {
  port: number;
  /** Bytes carried to whoever connected. */
  readonly carried: number;
  /** From now on the connections there are carry nothing; new ones work. */
  forget(): void;
  /** Ends the connections there are, and each new one, until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** `bytesPerSecond`: to whoever connects. @default as fast as it goes */
export async function openRelay(to: number, { bytesPerSecond = Infinity }: { bytesPerSecond?: number } = {}): Promise<Relay> {
  const sockets = new Set<Socket>();
  let whole = true;
  let carried = 0;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(to, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.pipe(slowly(bytesPerSecond, (bytes) => (carried += bytes))).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get carried() {
      return carried;
    },
    forget: () => {
      for (const socket of sockets) socket.unpipe().resume();
    },
    cut: () => {
      whole = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      whole = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function slowly(bytesPerSecond: number, onCarried: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const pass = (): void => {
        onCarried(chunk.length);
        done(null, chunk);
      };
      if (bytesPerSecond === Infinity) pass();
      else setTimeout(pass, (chunk.length / bytesPerSecond) * 1000);
    },
  });
}
