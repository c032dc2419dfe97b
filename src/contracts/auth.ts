import { z } from 'zod';
import { Id, Instant } from './id.js';
import { Role, User } from './user.js';

export const Login = z
  .strictObject({ username: z.string().min(1).max(120).optional(), email: z.string().min(1).max(254).optional(), password: z.string().min(1).max(200) })
  .refine((login) => (login.username === undefined) !== (login.email === undefined), 'give either username or email')
  .meta({ id: 'Login' });
export type Login = z.infer<typeof Login>;

export const Refresh = z.strictObject({ refreshToken: z.string().min(1).max(4096) }).meta({ id: 'Refresh' });

/** `expiresIn`: seconds until `accessToken` expires. */
export const Tokens = z
  .object({ accessToken: z.string(), refreshToken: z.string(), tokenType: z.literal('Bearer'), expiresIn: z.int(), user: User })
  .meta({ id: 'Tokens' });
export type Tokens = z.infer<typeof Tokens>;

/** What an API key may do; a JWT may do all that its role may. */
export const Scope = z
  .enum(['tournaments:write', 'matches:write', 'scores:write', 'stats:write', 'users:write', 'notifications:write'])
  .meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;

export const NewApiKey = z
  .strictObject({
    id: Id.optional(),
    name: z.string().trim().min(1).max(120),
    scopes: z.array(Scope).min(1).max(Scope.options.length),
    expiresAt: Instant.optional(),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.infer<typeof NewApiKey>;

/** `key` is shown once, in the answer that makes it; only its hash is kept. */
export const ApiKey = z
  .object({ id: Id, name: z.string(), scopes: z.array(Scope), role: Role, key: z.string(), createdAt: Instant, expiresAt: Instant.nullable() })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

/** Who is asking: from a JWT, or from an API key acting for its owner within its scopes. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  /** null: a JWT, which has no scopes to stay within. */
  readonly scopes: readonly Scope[] | null;
}

/** An admin in person. A key acts within its scopes, none of which is to see what only admins see: lost, it tells nothing of people. */
export const isAdmin = (asker: Principal | null): boolean => asker?.role === 'ADMIN' && asker.scopes === null;

/** What a bearer turned out to be, and what may end it: a socket outlives the moment it was let in. */
export interface Credential {
  readonly principal: Principal;
  /** Unix milliseconds; null: a key without an end. */
  readonly expiresAt: number | null;
  /** null: a JWT, which nobody can revoke. */
  readonly apiKeyId: string | null;
}
