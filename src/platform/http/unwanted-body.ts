/**
 * A body that is refused before it was read is read all the same, and thrown
 * away: a connection that ends with bytes unread is reset, and a client that
 * still writes would learn of a broken pipe instead of why it was refused
 * (test/rest-wire.test.ts).
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** As long as nginx lingers: whoever is not done by then is answered and cut off. */
const LINGER_MS = 30_000;

export function readUnwantedBodies(fastify: FastifyInstance, lingerMs = LINGER_MS): void {
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    const answer = (): void => {
      done(null, payload);
    };
    if (request.raw.complete || request.raw.destroyed) answer();
    else void readToEnd(request.raw, lingerMs).then(answer);
  });
}

/** However it ends, also by an error or not in time: the answer meets what there is. */
async function readToEnd(request: IncomingMessage, withinMs: number): Promise<void> {
  request.resume();
  await once(request, 'close', { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
}
