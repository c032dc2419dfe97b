/**
 * JSON Web Tokens: made for local accounts, accepted from ourselves (HS256 and
 * `JWT_SECRET`) or from an outside issuer (`JWKS_URL`). The algorithms are
 * pinned per source, so that a public key is never taken for a secret.
 *
 * Two libraries, for what each is good at. jose fetches and keeps an issuer's
 * keys; its WebCrypto goes to a thread and back for every token. A shared
 * secret needs no thread: fast-jwt verifies with it in 5 µs of CPU where jose
 * takes 31, and more when all 10,000 users connect to an instance on one core.
 * So it answers on the spot, without a promise.
 *
 * Whom a token stands for: `sub` is a user's id. An outside issuer may name its
 * users in another way (`auth0|1`), which no room, URL or row could carry; such
 * a user's id is the base64url of the name's SHA-256, the same at every visit.
 */
import { createHash, webcrypto } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type CryptoKey, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import type { Principal } from '../../contracts/auth.js';
import { Id, ID_PATTERN } from '../../contracts/id.js';
import { Refusal } from '../../contracts/refusal.js';
import { Role } from '../../contracts/user.js';

/** Seconds. */
export const ACCESS_TTL = 15 * 60;
const REFRESH_TTL = 30 * 24 * 3600;
const OUTSIDE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 5;

const SUBJECT_MAX = 1_000;
const userIdOf = (subject: string): string => (ID_PATTERN.test(subject) ? subject : createHash('sha256').update(subject).digest('base64url'));

const Claims = z.object({ sub: Id, role: Role, exp: z.number(), use: z.string().optional() });

type ParsedClaims = z.ZodSafeParseResult<z.infer<typeof Claims>>;

const OutsideClaims = Claims.extend({ sub: z.string().min(1).max(SUBJECT_MAX).transform(userIdOf) });

export interface TokensOptions {
  secret?: string;
  jwksUrl?: string;
  /** Asked of every token, and put into those made here. */
  issuer?: string;
  audience?: string;
}

export interface VerifiedToken {
  principal: Principal;
  /** Unix seconds. */
  expiresAt: number;
}

export class Tokens {
  /** Imported once, for signing: given as bytes, jose imports it for every token. */
  private readonly secret: Promise<CryptoKey> | undefined;
  private readonly own: ((token: string) => unknown) | undefined;
  private readonly outside: JWTVerifyGetKey | undefined;

  constructor(private readonly options: TokensOptions) {
    this.secret = options.secret === undefined ? undefined : webcrypto.subtle.importKey('raw', new TextEncoder().encode(options.secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    this.own = options.secret === undefined ? undefined : ownVerifier(options.secret, options);
    this.outside = options.jwksUrl === undefined ? undefined : createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: 3_000 });
  }

  async sign(principal: Pick<Principal, 'userId' | 'role'>, use: 'access' | 'refresh', now: Date): Promise<string> {
    if (!this.secret) throw new Refusal('FORBIDDEN', 'Local accounts are off: tokens come from the outside issuer');
    const seconds = Math.floor(now.getTime() / 1000);
    const { issuer, audience } = this.options;
    return new SignJWT({ role: principal.role, iss: issuer, aud: audience, ...(use === 'refresh' ? { use } : {}) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(principal.userId)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + (use === 'access' ? ACCESS_TTL : REFRESH_TTL))
      .sign(await this.secret);
  }

  /** Who an access token stands for; refuses with `TOKEN_EXPIRED` or `TOKEN_INVALID`. At once for one of our own, a promise for an issuer's. */
  verify(token: string, use: 'access' | 'refresh' = 'access'): VerifiedToken | Promise<VerifiedToken> {
    if (this.outside && algorithmOf(token) !== 'HS256') return this.outsideClaims(token, this.outside).then((claims) => verified(claims, use));
    return verified(this.ownClaims(token), use);
  }

  private ownClaims(token: string): ParsedClaims {
    if (!this.own) throw new Refusal('TOKEN_INVALID', 'Tokens signed with a shared secret are not accepted here');
    try {
      return Claims.safeParse(this.own(token));
    } catch (error) {
      throw error instanceof Refusal ? error : unacceptable();
    }
  }

  private async outsideClaims(token: string, keys: JWTVerifyGetKey): Promise<ParsedClaims> {
    const { issuer, audience } = this.options;
    try {
      return OutsideClaims.safeParse(await outsidePayload(token, keys, { issuer, audience, algorithms: OUTSIDE_ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S }));
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      if (isIssuerAway(error)) throw new Refusal('UNAVAILABLE', 'The keys of the token issuer could not be fetched', undefined, 2);
      throw unacceptable();
    }
  }
}

const expired = (): Refusal => new Refusal('TOKEN_EXPIRED', 'The token has expired');

const unacceptable = (): Refusal => new Refusal('TOKEN_INVALID', 'The token is not one that this server accepts');

function verified(claims: ParsedClaims, use: 'access' | 'refresh'): VerifiedToken {
  if (!claims.success) throw new Refusal('TOKEN_INVALID', 'The token lacks a usable sub, role (ADMIN, ORGANIZER or PLAYER) or exp');
  const { sub, role, exp, use: meant = 'access' } = claims.data;
  if (meant !== use) throw new Refusal('TOKEN_INVALID', `This is not ${use === 'access' ? 'an access' : 'a refresh'} token`);
  return { principal: { userId: sub, role, scopes: null }, expiresAt: exp };
}

/**
 * Of tokens signed with our secret: throws unless signature and claims are as
 * they have to be. An expired token is called so only if nothing else is wrong
 * with it, which fast-jwt looks at in another order: so `exp` has its own look.
 */
function ownVerifier(secret: string, { issuer, audience }: TokensOptions): (token: string) => unknown {
  const verify = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    ignoreExpiration: true,
    // It checks what is there: what has to be there is said.
    requiredClaims: [...(issuer === undefined ? [] : ['iss']), ...(audience === undefined ? [] : ['aud'])],
    ...(issuer === undefined ? {} : { allowedIss: issuer }),
    ...(audience === undefined ? {} : { allowedAud: audience }),
  });
  return (token) => {
    const payload = verify(token) as { exp?: unknown };
    if (typeof payload.exp === 'number' && payload.exp * 1000 <= Date.now()) throw expired();
    return payload;
  };
}

/** A token that does not say which key signed it is tried with each that fits its algorithm. */
async function outsidePayload(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error as AsyncIterable<CryptoKey>) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (mismatch) {
        if (!(mismatch instanceof errors.JWSSignatureVerificationFailed)) throw mismatch;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
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
