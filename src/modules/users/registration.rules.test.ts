import { describe, expect, it } from '@jest/globals';
import type { Principal, Scope } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import type { NewUser } from '../../contracts/user.js';
import { refuseRegistration } from './registration.rules.js';

const someone = (role: Principal['role'], scopes: Scope[] | null = null): Principal => ({ userId: 'me', role, scopes });
const PASSWORD = 'correct horse';

const cases: [what: string, asker: Principal | null, given: Omit<NewUser, 'username'>, allowed: boolean][] = [
  ['anybody registers with a password', null, { password: PASSWORD }, true],
  ['anybody registers with an email', null, { password: PASSWORD, email: 'a@example.org', role: 'PLAYER' }, true],
  ['nobody registers without a password', null, {}, false],
  ['nobody picks the id of their account', null, { id: 'admin-1', password: PASSWORD }, false],
  ['nobody registers as an organizer', null, { password: PASSWORD, role: 'ORGANIZER' }, false],
  ['nobody registers as an admin', null, { password: PASSWORD, role: 'ADMIN' }, false],
  ['a player picks no id either', someone('PLAYER'), { id: 'x', password: PASSWORD }, false],
  ['a player enters nobody', someone('PLAYER'), {}, false],
  ['an organizer enters a player with an id', someone('ORGANIZER'), { id: 'player-1' }, true],
  ['an organizer enters a player without an id', someone('ORGANIZER'), {}, true],
  ['an organizer makes an account with a made id', someone('ORGANIZER'), { password: PASSWORD }, true],
  ['an organizer makes nobody\'s id theirs by a password', someone('ORGANIZER'), { id: 'admin-1', password: PASSWORD }, false],
  ['an organizer makes no organizer', someone('ORGANIZER'), { role: 'ORGANIZER' }, false],
  ['an admin makes anybody', someone('ADMIN'), { id: 'boss', password: PASSWORD, role: 'ADMIN' }, true],
  ['an organizer\'s key with the scope enters players', someone('ORGANIZER', ['users:write']), { id: 'player-1' }, true],
  ['an organizer\'s key without the scope does not', someone('ORGANIZER', ['scores:write']), { id: 'player-1' }, false],
  ['an admin\'s key without the scope does not', someone('ADMIN', ['scores:write', 'tournaments:write']), { id: 'player-1' }, false],
  ['an admin\'s key with the scope enters players', someone('ADMIN', ['users:write']), { id: 'player-1' }, true],
  ['an admin\'s key makes no admin', someone('ADMIN', ['users:write']), { password: PASSWORD, role: 'ADMIN' }, false],
  ['an admin\'s key makes nobody\'s id anybody\'s by a password', someone('ADMIN', ['users:write']), { id: 'admin-1', password: PASSWORD }, false],
];

describe('who may make which user', () => {
  it.each(cases)('%s', (_, asker, given, allowed) => {
    const check = (): void => refuseRegistration(asker, { username: 'Name', ...given });
    if (allowed) {
      expect(check).not.toThrow();
      return;
    }
    expect(check).toThrow(Refusal);
    expect(check).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
