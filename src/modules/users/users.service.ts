import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isAdmin, type Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import type { NewUser, User } from '../../contracts/user.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { isDuplicate } from '../../platform/database/outage.js';
import { hashPassword } from './password.js';
import { refuseRegistration } from './registration.rules.js';
import { publicUser } from './user.view.js';
import { emailOf, loginOf, UsersRepository, type UserRow } from './users.repository.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Checked and hashed; the answer makes the user. */
  async prepare(asker: Principal | null, given: NewUser): Promise<() => Promise<User>> {
    refuseRegistration(asker, given);
    const row: UserRow = {
      id: given.id ?? randomUUID(),
      username: given.username,
      email: given.email === undefined ? null : emailOf(given.email),
      login: given.password === undefined ? null : loginOf(given.username),
      passwordHash: given.password === undefined ? null : await hashPassword(given.password),
      role: given.role ?? 'PLAYER',
      createdAt: this.clock.now(),
    };
    return () => this.insert(row);
  }

  private async insert(row: UserRow): Promise<User> {
    try {
      await this.users.insert(row);
    } catch (error) {
      if (isDuplicate(error)) throw new Refusal('ALREADY_EXISTS', 'That id, user name or email is taken');
      throw error;
    }
    return publicUser(row, { withEmail: true });
  }

  async get(asker: Principal | null, id: string): Promise<User> {
    const row = await this.users.find(id);
    if (!row) throw new Refusal('NOT_FOUND', `There is no user ${id}`);
    return publicUser(row, { withEmail: isAdmin(asker) || (asker?.userId === id && asker.scopes === null) });
  }
}
