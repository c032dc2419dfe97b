/**
 * Asking again when a server is away or busy. Owns which answers are worth
 * another try and how long to wait; what is asked must be safe to ask twice
 * (a chosen id or an Idempotency-Key), since a lost answer may have been a yes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { AnswerOf, Endpoint } from '../contracts/api.js';
import { RestRefusal, type CallOptions, type RestClient } from '../contracts/rest-client.js';

export interface Patience {
  /** After so many milliseconds of trying, the last failure is thrown. `Infinity` never gives up. */
  giveUpAfterMs: number;
  /** @default 5000 */
  longestPauseMs?: number;
  now?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
  /** Spreads the tries of many callers. @default Math.random */
  random?: () => number;
  /** Told once a pause, with the reason. */
  onPause?: (reason: string, ms: number) => void;
  /** Ends the waiting and the asking at once. */
  signal?: AbortSignal;
}

const ANSWER_WITHIN_MS = 20_000;
const FIRST_PAUSE_MS = 200;
const BUSY_OR_AWAY = new Set([429, 502, 503, 504]);

/** Why trying again makes sense, or undefined where the answer would be the same. */
export function passing(error: unknown): string | undefined {
  if (error instanceof RestRefusal) return BUSY_OR_AWAY.has(error.status) ? error.message : undefined;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return `no answer within ${String(ANSWER_WITHIN_MS / 1000)} s`;
  // What `fetch` throws when there is nobody to talk to, or who was there hung up in mid-answer.
  if (error.name !== 'TypeError') return undefined;
  if (error.message === 'fetch failed') return codeOf(error.cause) ?? 'nobody answers';
  return error.message === 'terminated' ? 'the connection was cut' : undefined;
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

export async function patiently<T>(patience: Patience, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { giveUpAfterMs, longestPauseMs = 5_000, now = Date.now, random = Math.random, onPause, signal } = patience;
  const sleep = patience.sleep ?? ((ms: number) => wait(ms, undefined, { signal }));
  const givenUpAt = now() + giveUpAfterMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      return await ask(signal ? AbortSignal.any([signal, timeout]) : timeout);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = passing(error);
      const asked = error instanceof RestRefusal && error.retryAfter !== undefined ? error.retryAfter * 1000 : 0;
      const ms = Math.round(Math.max(asked, pause * (0.5 + random() / 2)));
      if (reason === undefined || now() + ms > givenUpAt) throw error;
      onPause?.(reason, ms);
      await sleep(ms);
    }
  }
}

/** A caller of the REST surface that asks again while the server is away or busy. */
export class PatientClient {
  constructor(
    private readonly client: RestClient,
    private readonly patience: Patience,
  ) {}

  async ask<E extends Endpoint>(endpoint: E, options: CallOptions<E>): Promise<AnswerOf<E>> {
    const answer = await patiently(this.patience, (signal) => this.client.request(endpoint, { ...options, signal }));
    return answer.data;
  }
}
