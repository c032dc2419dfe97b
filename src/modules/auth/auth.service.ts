/** Local accounts' tokens, and who a bearer stands for. */
import { Inject, Injectable } from '@nestjs/common';
import type { Credential, Login, Principal, Tokens as TokensAnswer } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import type { Authenticator } from '../../platform/http/access.guard.js';
import { UsersRepository, type UserRow } from '../users/users.repository.js';
import { publicUser } from '../users/user.view.js';
import { API_KEY_PREFIX, ApiKeys } from './api-keys.js';
import { hashPassword, passwordMatches } from '../users/password.js';
import { ACCESS_TTL, Tokens, type VerifiedToken } from './tokens.js';

const credentialOf = ({ principal, expiresAt }: VerifiedToken): Credential => ({ principal, expiresAt: expiresAt * 1000, apiKeyId: null });

@Injectable()
export class AuthService implements Authenticator {
  /** Compared against when there is no such account, so that its absence takes as long as a wrong password. */
  private readonly nobody = hashPassword('nobody has this password');

  constructor(
    private readonly users: UsersRepository,
    private readonly tokens: Tokens,
    private readonly apiKeys: ApiKeys,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async authenticate(bearer: string): Promise<Principal> {
    return (await this.authenticateUntil(bearer)).principal;
  }

  /** At once where nothing has to be asked of anybody. */
  authenticateUntil(bearer: string): Credential | Promise<Credential> {
    if (bearer.startsWith(API_KEY_PREFIX)) return this.apiKeys.authenticate(bearer);
    const verified = this.tokens.verify(bearer);
    return verified instanceof Promise ? verified.then(credentialOf) : credentialOf(verified);
  }

  async holderOf(refreshToken: string): Promise<string> {
    return (await this.tokens.verify(refreshToken, 'refresh')).principal.userId;
  }

  async login(given: Login): Promise<TokensAnswer> {
    const user = given.email === undefined ? await this.users.byLogin(given.username ?? '') : await this.users.byEmail(given.email);
    const matches = await passwordMatches(given.password, user?.passwordHash ?? (await this.nobody));
    if (!user?.passwordHash || !matches) throw new Refusal('CREDENTIALS_INVALID', 'There is no account with this name and password');
    return this.tokensFor(user);
  }

  async refresh(refreshToken: string): Promise<TokensAnswer> {
    const user = await this.users.find(await this.holderOf(refreshToken));
    if (!user?.passwordHash) throw new Refusal('TOKEN_INVALID', 'The account of this token is gone');
    return this.tokensFor(user);
  }

  private async tokensFor(user: UserRow): Promise<TokensAnswer> {
    const now = this.clock.now();
    const principal = { userId: user.id, role: user.role };
    return {
      accessToken: await this.tokens.sign(principal, 'access', now),
      refreshToken: await this.tokens.sign(principal, 'refresh', now),
      tokenType: 'Bearer',
      expiresIn: ACCESS_TTL,
      user: publicUser(user, { withEmail: true }),
    };
  }
}
