/**
 * Request budgets per caller (a user, or an address without a token), counted
 * in this instance's memory: a limit must neither cost a round trip per
 * request nor stop posting when Redis is away.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateCost } from '../../contracts/api.js';
import { Refusal } from '../../contracts/refusal.js';

export interface RatePolicy {
  /** Credits in one window. */
  quota: number;
  /** Seconds. */
  window: number;
}

export type RateHeaders = Record<'ratelimit-policy' | 'ratelimit', string>;

export class RateLimits {
  private readonly limiters: Record<RateCost['policy'], { policy: RatePolicy; limiter: RateLimiterMemory }>;

  constructor(policies: Record<RateCost['policy'], RatePolicy>) {
    const limiter = (policy: RatePolicy) => ({ policy, limiter: new RateLimiterMemory({ points: policy.quota, duration: policy.window }) });
    this.limiters = { read: limiter(policies.read), write: limiter(policies.write), login: limiter(policies.login) };
  }

  /** Takes the credits of one call; refuses with `RATE_LIMITED` when there are none left. Either way `say` gets the headers. */
  async spend(cost: RateCost, caller: string, say: (headers: RateHeaders) => void): Promise<void> {
    const { policy, limiter } = this.limiters[cost.policy];
    let state: RateLimiterRes;
    let refused = false;
    try {
      // A small budget makes what is dear rare, not impossible.
      state = await limiter.consume(caller, Math.min(cost.credits, policy.quota));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      state = error;
      refused = true;
    }
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    say({
      'ratelimit-policy': `"${cost.policy}";q=${String(policy.quota)};w=${String(policy.window)}`,
      ratelimit: `"${cost.policy}";r=${String(state.remainingPoints)};t=${String(seconds)}`,
    });
    if (refused) throw new Refusal('RATE_LIMITED', `The ${cost.policy} budget of ${String(policy.quota)} per ${String(policy.window)} s is used up`, undefined, seconds);
  }
}

export const RATE_LIMITS = Symbol('rate-limits');
