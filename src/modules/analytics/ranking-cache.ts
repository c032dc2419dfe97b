/**
 * Answers that many ask for at once, kept in Redis for all instances: five minutes at most, dropped by the writes that
 * change them, computed once however many ask. With Redis away each instance computes for its own askers, from PostgreSQL.
 *
 * An answer's key holds its subject's generation, read before the answer is computed: an answer that was overtaken by a
 * write is stored under a generation that nobody reads any more. What a replica answered is stored only if it was as far
 * as the primary was at some moment after that generation began: else it would be the answer from before the write.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ReadDatabase } from '../../platform/database/reads.js';
import type { Read, Replayed } from '../../platform/database/replica.js';
import { METRICS, type Metrics } from '../../platform/metrics/metrics.js';
import { redisKeys } from '../../platform/redis/keys.js';
import { REDIS, type RedisLinks } from '../../platform/redis/redis-links.js';
import { Turns } from './turns.js';

const TTL_S = 300;
/** Longer than any answer or position of the generation before lives. */
const GENERATION_TTL_S = 2 * TTL_S;
/** What takes longer is as good as away: a Redis beside which PostgreSQL is not far, a primary that is asked where it is. */
const PART_MS = 500;
/** Longer than the slowest ranking takes; then somebody else tries. */
const LOCK_MS = 10_000;
const LOOK_MS = 10;
const RETRY_MS = 500;
/** No generation: they are UUIDs, or `first`. */
const AWAY = '';
/** After a busy moment of this process the answer may lie in the socket already: it is read before we call it late. */
const heard = async (): Promise<undefined> => {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((next) => setImmediate(next));
  return undefined;
};

/** undefined: it failed or was late. */
async function inTime<T>(answer: () => Promise<T>): Promise<T | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([answer(), pause(PART_MS, undefined, { signal: late.signal }).then(heard)]);
  } catch {
    return undefined;
  } finally {
    late.abort();
  }
}

@Injectable()
export class RankingCache implements OnApplicationShutdown {
  private readonly turns = new Turns<Read<string>>();
  private readonly generations = new Turns<string>();
  /** Subjects whose drop Redis has not taken yet: until it has, nothing is read from it here. */
  private readonly undropped = new Set<string>();
  private retry: NodeJS.Timeout | undefined;
  /** What was computed last could not be stored: nobody waits for somebody else's answer meanwhile. */
  private behind = false;

  constructor(
    @Inject(REDIS) private readonly redis: RedisLinks | null,
    @Inject(METRICS) private readonly metrics: Metrics,
    private readonly reads: ReadDatabase,
  ) {}

  /** The answer as JSON text. */
  async answer(subject: string, question: unknown, compute: () => Promise<Read<unknown>>): Promise<Read<string>> {
    const hash = createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 22);
    const alone = async (): Promise<Read<string>> => {
      const { value, replayed } = await compute();
      return { value: JSON.stringify(value), replayed };
    };
    const generation = await this.generationOf(subject);
    if (generation === AWAY) {
      this.metrics.rankingCache.inc({ result: 'uncached' });
      return this.turns.take(`${subject} ${hash}`, alone);
    }
    // Askers of one generation share one look; what they share was begun after each of them read the generation.
    const key = redisKeys.ranking(subject, generation, hash);
    return this.turns.share(key, () => this.throughRedis(key, redisKeys.rankingPosition(subject, generation), alone));
  }

  /** Drops every answer about these subjects. */
  drop(subjects: Iterable<string>): void {
    if (!this.redis) return;
    for (const subject of subjects) this.undropped.add(subject);
    void this.flush();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.retry);
  }

  private async generationOf(subject: string): Promise<string> {
    if (!this.redis || this.undropped.size > 0) return AWAY;
    return this.generations.take(subject, async () => {
      const found = await this.ask((commands) => commands.get(redisKeys.rankingGeneration(subject)));
      return found === undefined ? AWAY : (found ?? 'first');
    });
  }

  private async throughRedis(key: string, positionKey: string, compute: () => Promise<Read<string>>): Promise<Read<string>> {
    const deadline = Date.now() + LOCK_MS;
    let mine: string | null | undefined;
    for (;;) {
      const found = await this.ask((commands) => commands.get(key));
      if (typeof found === 'string') {
        this.metrics.rankingCache.inc({ result: 'hit' });
        return unpacked(found);
      }
      mine = found === undefined || this.behind ? undefined : await this.ask((commands) => commands.set(redisKeys.rankingLock(key), '1', { condition: 'NX', expiration: { type: 'PX', value: LOCK_MS } }));
      // Whoever held the lock before may have stored the answer between our look and our turn.
      if (mine === 'OK' && typeof (await this.ask((commands) => commands.get(key))) === 'string') {
        await this.ask((commands) => commands.del(redisKeys.rankingLock(key)));
        continue;
      }
      if (mine !== null || Date.now() > deadline) break;
      await pause(LOOK_MS);
    }
    this.metrics.rankingCache.inc({ result: 'computed' });
    try {
      const read = await compute();
      this.behind = !(await this.isWhole(read.replayed, positionKey));
      if (!this.behind) await this.ask((commands) => commands.set(key, packed(read), { expiration: { type: 'EX', value: TTL_S } }));
      return read;
    } finally {
      if (mine === 'OK') await this.ask((commands) => commands.del(redisKeys.rankingLock(key)));
    }
  }

  /** Whether an answer has all that its generation dropped: it is the primary's, or its replica was far enough. */
  private async isWhole(replayed: Replayed | null, positionKey: string): Promise<boolean> {
    if (!replayed) return true;
    if (replayed.position === null) return false;
    const needed = await this.positionOf(positionKey);
    return needed !== undefined && BigInt(replayed.position) >= BigInt(needed);
  }

  /** Where the primary was once, after the generation began: the first who asks says it for all. Not asked again, since the primary is never where its replica is. */
  private async positionOf(key: string): Promise<string | undefined> {
    const known = await this.ask((commands) => commands.get(key));
    if (typeof known === 'string') return known;
    const position = await inTime(() => this.reads.position());
    if (position !== undefined) await this.ask((commands) => commands.set(key, position, { condition: 'NX', expiration: { type: 'EX', value: TTL_S } }));
    return position;
  }

  /** undefined: Redis is away or too slow. */
  private async ask<T>(command: (commands: RedisLinks['commands']) => Promise<T>): Promise<T | undefined> {
    const { redis } = this;
    return redis ? inTime(() => command(redis.commands)) : undefined;
  }

  private async flush(): Promise<void> {
    clearTimeout(this.retry);
    const subjects = [...this.undropped];
    const taken = await Promise.all(
      subjects.map((subject) => this.ask((commands) => commands.set(redisKeys.rankingGeneration(subject), randomUUID(), { expiration: { type: 'EX', value: GENERATION_TTL_S } }))),
    );
    for (const [index, subject] of subjects.entries()) if (taken[index] !== undefined) this.undropped.delete(subject);
    if (this.undropped.size > 0) this.retry = setTimeout(() => void this.flush(), RETRY_MS).unref();
  }
}

/** As it lies in Redis: the answer's own text is not written into another one. */
const packed = ({ value, replayed }: Read<string>): string => `${JSON.stringify(replayed)}\n${value}`;
function unpacked(text: string): Read<string> {
  const end = text.indexOf('\n');
  return { value: text.slice(end + 1), replayed: JSON.parse(text.slice(0, end)) as Replayed | null };
}
