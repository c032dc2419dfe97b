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

const ASK_AGAIN_MS = 1_000;

/**
 * A subscription for as long as the process lives; returns how to stop asking. Asked for while Redis is away it is made
 * when Redis is back; one that Redis refuses (a password that is yet to be changed, a cluster in an election) is lost,
 * and asked for again. `refused` is told the first time. Guarded by test/redis-away.test.ts.
 */
export function subscribeForGood(channels: Channels, channel: string, listener: (message: string) => void, refused: (error: unknown) => void = () => undefined): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let tell = refused;
  const ask = (): void => {
    channels.subscribe(channel, listener).catch((error: unknown) => {
      if (stopped) return;
      tell(error);
      tell = () => undefined;
      timer = setTimeout(ask, ASK_AGAIN_MS);
    });
  };
  ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
