/** Publish and subscribe by channel, sharded where the server can, with confirmed subscriptions. */
import type { RedisLinks } from './redis-links.js';

export interface Channels {
  /** Rejects when Redis did not take it. */
  publish(channel: string, message: string): Promise<unknown>;
  /** Resolves once Redis confirmed: what is published after that is heard. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
}

export function channelsOf({ commands, subscriber, sharded }: RedisLinks): Channels {
  return sharded
    ? {
        publish: (channel, message) => commands.sPublish(channel, message),
        subscribe: (channel, listener) => subscriber.sSubscribe(channel, listener),
        unsubscribe: (channel) => subscriber.sUnsubscribe(channel),
      }
    : {
        publish: (channel, message) => commands.publish(channel, message),
        subscribe: (channel, listener) => subscriber.subscribe(channel, listener),
        unsubscribe: (channel) => subscriber.unsubscribe(channel),
      };
}
