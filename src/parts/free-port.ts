/**
 * Finds ports on the loopback address that nobody listens on.
 *
 * A port found free may be taken a moment later, so nothing here promises it:
 * `onFreePort` lets the part itself find out by binding, and tries another.
 */
import { createServer } from 'node:net';

/** The part could not bind: somebody else has the port. */
export class PortTaken extends Error {
  constructor(readonly port: number) {
    super(`port ${String(port)} is taken`);
    this.name = 'PortTaken';
  }
}

function bind(port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => {
        resolve(bound);
      });
    });
  });
}

export function freePort(): Promise<number> {
  return bind(0, '127.0.0.1');
}

/** Without a host the question is asked for every address of the machine. */
export async function isPortFree(port: number, host?: string): Promise<boolean> {
  try {
    await bind(port, host);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Anything else (EACCES on port 80, an address that is not ours) has its
    // own message when the server binds; only "taken" is ours to answer.
    if (code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Starts on the wanted port, or else on free ones until one was not taken in between. */
export async function onFreePort<Part>(
  wanted: number | undefined,
  start: (port: number) => Promise<Part>,
): Promise<Part> {
  if (wanted !== undefined && wanted !== 0) return start(wanted);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 5) throw error;
    }
  }
}
