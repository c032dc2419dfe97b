/**
 * The channels of Socket.IO's sharded adapter: one for every room, so one for
 * every signed-in user here. The adapter asks for each by itself and minds
 * neither answer nor failure. Here what it wants is kept, and Redis is told of
 * all that changed in one command, at once when nothing was told just before:
 * 10,000 users who connect within seconds are hundreds of commands.
 *
 * A command that failed is given again. A channel that is left and wanted again
 * before Redis confirmed the leaving stays: node-redis would take it for held,
 * and drop it with the answer (test/user-channels.test.ts).
 */
import type { RedisLinks } from '../../platform/redis/redis-links.js';

type Listener = (message: Buffer, channel: Buffer) => void;

/** Between two commands: the most that a channel waits for those that come with it. */
const GAP_MS = 10;
/** After a failure, then doubling: what is refused for good must not be asked for without end. */
const RETRY_MS = 500;
const RETRY_MAX_MS = 30_000;
/** Channels in one command: Redis answers each before it does anything else. */
const AT_ONCE = 1_000;

const isOfSeveralSlots = (error: unknown): boolean => error instanceof Error && error.message.startsWith('CROSSSLOT');

export class Subscriptions {
  private readonly wanted = new Map<string, Listener>();
  private readonly held = new Set<string>();
  /** Asked for or left, and Redis not told. */
  private readonly changed = new Set<string>();
  /** Told, and not answered: what changes of these meanwhile waits for the answer. */
  private readonly underWay = new Set<string>();
  private readonly failed = new Set<string>();
  private retryMs = RETRY_MS;
  private roundDue = false;
  private roundAt = -Infinity;

  constructor(private readonly redis: Pick<RedisLinks, 'subscriber' | 'oneNode'>) {}

  /** By these names the adapter knows a client of node-redis. */
  sSubscribe(channel: string, listener: Listener): void {
    this.wanted.set(channel, listener);
    this.change(channel);
  }

  sUnsubscribe(channel: string): void {
    this.wanted.delete(channel);
    this.change(channel);
  }

  private change(channel: string): void {
    this.changed.add(channel);
    if (this.roundDue || this.underWay.has(channel)) return;
    this.roundDue = true;
    const run = (): void => {
      this.round();
    };
    const inMs = this.roundAt + GAP_MS - performance.now();
    if (inMs > 0) setTimeout(run, inMs).unref();
    else setImmediate(run);
  }

  private round(): void {
    this.roundDue = false;
    this.roundAt = performance.now();
    const left: string[] = [];
    const byListener = new Map<Listener, string[]>();
    for (const channel of this.changed) {
      if (this.underWay.has(channel)) continue;
      this.changed.delete(channel);
      const listener = this.wanted.get(channel);
      if (this.held.has(channel) === (listener !== undefined)) continue;
      if (!listener) left.push(channel);
      else {
        const alike = byListener.get(listener);
        if (alike) alike.push(channel);
        else byListener.set(listener, [channel]);
      }
    }
    this.tell(left, async (channels) => {
      await this.redis.subscriber.sUnsubscribe(channels);
      for (const channel of channels) this.held.delete(channel);
    });
    for (const [listener, channels] of byListener) {
      this.tell(channels, async (some) => {
        await this.redis.subscriber.sSubscribe(some, listener, true);
        for (const channel of some) this.held.add(channel);
      });
    }
  }

  private tell(channels: readonly string[], command: (channels: string[]) => Promise<void>, most = this.redis.oneNode ? AT_ONCE : 1): void {
    for (let from = 0; from < channels.length; from += most) {
      const part = channels.slice(from, from + most);
      for (const channel of part) this.underWay.add(channel);
      command(part).then(
        () => {
          this.retryMs = RETRY_MS;
          for (const channel of part) {
            this.underWay.delete(channel);
            if (this.changed.has(channel)) this.change(channel);
          }
        },
        (error: unknown) => {
          // A server that is a cluster by itself: each alone.
          if (part.length > 1 && isOfSeveralSlots(error)) this.tell(part, command, 1);
          else this.again(part);
        },
      );
    }
  }

  private again(channels: readonly string[]): void {
    const isFirst = this.failed.size === 0;
    for (const channel of channels) {
      this.underWay.delete(channel);
      this.failed.add(channel);
    }
    if (!isFirst) return;
    setTimeout(() => {
      const failed = [...this.failed];
      this.failed.clear();
      for (const channel of failed) this.change(channel);
    }, this.retryMs).unref();
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }
}
