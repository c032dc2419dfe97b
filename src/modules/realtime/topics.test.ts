import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { matchRoom } from '../../contracts/room.js';
import { createLogger } from '../../platform/logging/logger.js';
import { createMetrics } from '../../platform/metrics/metrics.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { Topics } from './topics.js';

/** A Redis that is told what it lets through. */
function wired() {
  const listeners = new Map<string, (message: string) => void>();
  let reconnects = 0;
  let refuses = false;
  const said: string[] = [];
  const topics = new Topics({
    instanceId: 'a',
    channels: {
      publish: () => Promise.resolve(1),
      subscribe: (channel, listener) => {
        listeners.set(channel, listener);
        return Promise.resolve();
      },
      unsubscribe: () => Promise.resolve(),
    },
    reconnect: () => {
      reconnects += 1;
      return refuses ? Promise.reject(new Error('The client is offline')) : Promise.resolve();
    },
    logger: createLogger({ level: 'info', instanceId: 'a', output: { write: (line) => said.push((JSON.parse(line) as { event: string }).event) } }),
    metrics: createMetrics('a'),
    now: Date.now,
  });
  return { topics, hear: (channel: string, message: string) => listeners.get(channel)?.(message), reconnects: () => reconnects, refuse: () => (refuses = true), said };
}

describe('an instance that does not hear itself', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is deaf, and reconnects', () => {
    const { topics, reconnects } = wired();
    topics.start();
    jest.advanceTimersByTime(4_000);
    expect(topics.health).toBe('away');
    expect(reconnects()).toBe(1);
    topics.stop();
  });

  it('is not while it hears a room: its echo waits behind what there is too much of', async () => {
    const { topics, hear, reconnects } = wired();
    topics.start();
    await topics.hear(matchRoom('final'));
    for (let second = 0; second < 10; second += 1) {
      hear(redisKeys.roomChannel(matchRoom('final')), JSON.stringify({ matchId: 'final' }));
      jest.advanceTimersByTime(1_000);
    }
    expect(topics.health).toBe('ok');
    expect(reconnects()).toBe(0);
    jest.advanceTimersByTime(4_000);
    expect(reconnects()).toBe(1);
    topics.stop();
  });

  it('says so when it begins and when it is over, not at every try', async () => {
    const { topics, hear, reconnects, refuse, said } = wired();
    refuse();
    topics.start();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(reconnects()).toBeGreaterThan(4);
    expect(said).toEqual(['redis_deaf', 'redis_reconnect_failed']);
    hear(redisKeys.echoChannel('a'), 'echo');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(said).toEqual(['redis_deaf', 'redis_reconnect_failed', 'redis_heard']);
    topics.stop();
  });
});
