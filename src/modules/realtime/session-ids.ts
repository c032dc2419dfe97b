/** Names of Engine.IO sessions, `<instance>.<120 random bits>`: the right to go on with a session, so not to be guessed. */
import { randomFillSync } from 'node:crypto';

const BYTES = 15;
/** Randomness is asked for by the page: one call a socket is a thirtieth of what a connection costs. */
const IDS_A_PAGE = 256;

export function sessionIds(instanceId: string): () => string {
  const page = Buffer.alloc(BYTES * IDS_A_PAGE);
  let next = page.length;
  return () => {
    if (next === page.length) {
      randomFillSync(page);
      next = 0;
    }
    next += BYTES;
    return `${instanceId}.${page.toString('base64url', next - BYTES, next)}`;
  };
}
