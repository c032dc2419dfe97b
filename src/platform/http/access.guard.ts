/** Who is asking, whether this route is for them, and whether their budget allows it: in that order, before anything is read. */
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { Access, Endpoint as EndpointDefinition, RateCost } from '../../contracts/api.js';
import { Refresh, type Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import { Patience } from '../database/patience.js';
import { ENDPOINT, type GrandstandRequest } from './endpoint.js';
import { RATE_LIMITS, type RateLimits } from './rate-limits.js';

/** Turns a bearer token or an API key into who it stands for, or refuses it. */
export interface Authenticator {
  authenticate(bearer: string): Promise<Principal>;
  /** Whose refresh token this is; refuses one that is none, and one that has expired. */
  holderOf(refreshToken: string): Promise<string>;
}
export const AUTHENTICATOR = Symbol('authenticator');

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(RATE_LIMITS) private readonly rateLimits: RateLimits,
    private readonly patience: Patience,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT, context.getHandler());
    if (context.getType() !== 'http' || !endpoint) return true;
    const request = context.switchToHttp().getRequest<GrandstandRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const bearer = endpoint.access === 'credentials' ? undefined : bearerOf(request.headers.authorization);
    if (bearer === undefined) {
      // Counted by address before anything else, so that guessing tokens is not free.
      const caller = endpoint.rate.by === 'refreshToken' ? await this.holderOf(request) : undefined;
      await this.rateLimits.spend(endpoint.strangersRate ?? endpoint.rate, caller ?? `address:${request.ip}`, (headers) => void reply.headers(headers));
      request.principal = null;
    } else {
      request.principal = await this.authenticate(bearer, endpoint.rate, request, reply);
      const rate = request.principal.role === 'PLAYER' ? (endpoint.strangersRate ?? endpoint.rate) : endpoint.rate;
      await this.rateLimits.spend(rate, `user:${request.principal.userId}`, (headers) => void reply.headers(headers));
    }
    mayCall(endpoint.access, request.principal);
    return true;
  }

  private async holderOf({ body }: GrandstandRequest): Promise<string | undefined> {
    const parsed = Refresh.safeParse(body);
    if (!parsed.success) return undefined;
    try {
      return `user:${await this.authenticator.holderOf(parsed.data.refreshToken)}`;
    } catch {
      // The handler says why.
      return undefined;
    }
  }

  private async authenticate(bearer: string, rate: RateCost, request: GrandstandRequest, reply: FastifyReply): Promise<Principal> {
    try {
      return await this.patience.during(this.authenticator.authenticate(bearer));
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) {
        // What has expired was good once: it is counted as the call it is, and keeps nobody at that address from a new token.
        const cost: RateCost = error.code === 'TOKEN_EXPIRED' ? rate : { policy: 'login', credits: 1 };
        await this.rateLimits.spend(cost, `address:${request.ip}`, (headers) => void reply.headers(headers));
      }
      throw error;
    }
  }
}

function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^Bearer +(\S+)$/i.exec(header);
  if (!match?.[1]) throw new Refusal('TOKEN_INVALID', 'Send the token as `Authorization: Bearer <token>`');
  return match[1];
}

/** Refuses who may not call a route with this access. */
export function mayCall(access: Access, principal: Principal | null): void {
  if (access === 'public' || access === 'credentials') return;
  if (!principal) throw new Refusal('UNAUTHENTICATED', 'Send a token as `Authorization: Bearer <token>`');
  if (access.roles && !access.roles.includes(principal.role)) {
    throw new Refusal('FORBIDDEN', `This needs the role ${access.roles.join(' or ')}; the token has ${principal.role}`);
  }
  if (principal.scopes && (access.scope === undefined || !principal.scopes.includes(access.scope))) {
    // A route without a scope (keys, staff lists) is for people's tokens, not for keys.
    throw new Refusal('FORBIDDEN', access.scope ? `This API key lacks the scope ${access.scope}` : 'API keys may not do this: use a token');
  }
}
