/**
 * Redis clients as Socket.IO's adapter may have them. It neither awaits nor
 * catches what its clients promise: with Redis away each would be an unhandled
 * rejection, which ends the process. Here they are caught; what a lost message
 * would have said is kept elsewhere (notifications, the match log).
 */
import type { RedisLinks } from '../../platform/redis/redis-links.js';

const CAUGHT = new Set(['publish', 'sPublish', 'subscribe', 'sSubscribe', 'pSubscribe', 'unsubscribe', 'sUnsubscribe', 'pUnsubscribe', 'sendCommand']);

function quiet<Client extends object>(client: Client): Client {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (typeof name !== 'string' || !CAUGHT.has(name)) return value.bind(target) as unknown;
      return (...args: unknown[]): Promise<unknown> => (Reflect.apply(value, target, args) as Promise<unknown>).catch(() => undefined);
    },
  });
}

export const quietClients = ({ commands, subscriber }: RedisLinks): Pick<RedisLinks, 'commands' | 'subscriber'> => ({ commands: quiet(commands), subscriber: quiet(subscriber) });
