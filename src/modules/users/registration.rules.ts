/**
 * Who may make which user. Tokens name their user by id, so whoever could pick
 * an id and a password for it could become somebody an outside issuer knows:
 * only an admin may do both, and only people who enter players may pick ids.
 */
import { isAdmin, type Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import type { NewUser } from '../../contracts/user.js';

export function refuseRegistration(asker: Principal | null, given: NewUser): void {
  if (asker?.scopes && !asker.scopes.includes('users:write')) throw new Refusal('FORBIDDEN', 'This API key lacks the scope users:write');
  if (isAdmin(asker)) return;
  if (given.role !== undefined && given.role !== 'PLAYER') throw new Refusal('FORBIDDEN', `Only an admin makes users with the role ${given.role}`);
  // An admin's key enters players; whom it made an admin could do more than the key.
  if (asker?.role === 'ORGANIZER' || asker?.role === 'ADMIN') {
    if (given.id !== undefined && given.password !== undefined) throw new Refusal('FORBIDDEN', 'Only an admin sets a password for an id of its choice: leave out id or password');
    return;
  }
  if (given.id !== undefined) throw new Refusal('FORBIDDEN', 'Who registers gets an id from the server; organizers and admins may choose ids');
  if (given.password === undefined) throw new Refusal('FORBIDDEN', 'Registering needs a password; organizers enter players without one');
}
