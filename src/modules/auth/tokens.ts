/**
 * JSON Web Tokens: made for local accounts, accepted from ourselves (HS256 and
 * `JWT_SECRET`) or from an outside issuer (`JWKS_URL`). The algorithms are
 * pinned per source, so that a public key is never taken for a secret.
 */
import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Principal } from '../../contracts/auth.js';
import { Id } from '../../contracts/id.js';
import { Refusal } from '../../contracts/refusal.js';
import { Role } from '../../contracts/user.js';

/** Seconds. */
export const ACCESS_TTL = 15 * 60;
const REFRESH_TTL = 30 * 24 * 3600;
const OUTSIDE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;

const Claims = z.object({ sub: Id, role: Role, exp: z.number(), use: z.string().optional() });

export interface VerifiedToken {
  principal: Principal;
  /** Unix seconds. */
  expiresAt: number;
}

export class Tokens {
  private readonly secret: Uint8Array | undefined;
  private readonly outside: JWTVerifyGetKey | undefined;

  constructor(options: { secret?: string; jwksUrl?: string }) {
    this.secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);
    this.outside = options.jwksUrl === undefined ? undefined : createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: 3_000 });
  }

  async sign(principal: Pick<Principal, 'userId' | 'role'>, use: 'access' | 'refresh', now: Date): Promise<string> {
    if (!this.secret) throw new Refusal('FORBIDDEN', 'Local accounts are off: tokens come from the outside issuer');
    const seconds = Math.floor(now.getTime() / 1000);
    return new SignJWT({ role: principal.role, ...(use === 'refresh' ? { use } : {}) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(principal.userId)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + (use === 'access' ? ACCESS_TTL : REFRESH_TTL))
      .sign(this.secret);
  }

  /** Who an access token stands for; refuses with `TOKEN_EXPIRED` or `TOKEN_INVALID`. */
  async verify(token: string, use: 'access' | 'refresh' = 'access'): Promise<VerifiedToken> {
    const claims = Claims.safeParse(await this.payloadOf(token));
    if (!claims.success) throw new Refusal('TOKEN_INVALID', 'The token lacks a usable sub, role (ADMIN, ORGANIZER or PLAYER) or exp');
    if ((claims.data.use ?? 'access') !== use) throw new Refusal('TOKEN_INVALID', `This is not ${use === 'access' ? 'an access' : 'a refresh'} token`);
    return { principal: { userId: claims.data.sub, role: claims.data.role, scopes: null }, expiresAt: claims.data.exp };
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    try {
      const outside = algorithmOf(token) === 'HS256' ? undefined : this.outside;
      if (outside) return (await jwtVerify(token, outside, { algorithms: OUTSIDE_ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S })).payload;
      if (!this.secret) throw new Refusal('TOKEN_INVALID', 'Tokens signed with a shared secret are not accepted here');
      return (await jwtVerify(token, this.secret, { algorithms: ['HS256'] })).payload;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (error instanceof errors.JWTExpired) throw new Refusal('TOKEN_EXPIRED', 'The token has expired');
      if (isIssuerAway(error)) throw new Refusal('UNAVAILABLE', 'The keys of the token issuer could not be fetched', undefined, 2);
      throw new Refusal('TOKEN_INVALID', 'The token is not one that this server accepts');
    }
  }
}

/** The issuer did not answer, or not with keys: that says nothing of the token. jose has no class of its own for a status other than 200. */
const isIssuerAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error instanceof TypeError || (error instanceof errors.JOSEError && error.code === errors.JOSEError.code);

function algorithmOf(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));
    return (header as { alg?: string } | null)?.alg;
  } catch {
    return undefined;
  }
}
