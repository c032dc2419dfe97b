/** Stands between an instance and Redis and counts what Redis sends. */
import { openSwitch } from './switch.js';

export interface CountingProxy {
  readonly url: string;
  /** Bytes from Redis to the instance so far. */
  readonly received: number;
  close(): Promise<void>;
}

export async function countingProxy(redisPort: number): Promise<CountingProxy> {
  let received = 0;
  const proxy = await openSwitch(redisPort, (chunk) => {
    received += chunk.length;
  });
  return {
    url: `redis://127.0.0.1:${String(proxy.port)}`,
    get received() {
      return received;
    },
    close: () => proxy.close(),
  };
}
