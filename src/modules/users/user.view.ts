import type { User } from '../../contracts/user.js';
import type { UserRow } from './users.repository.js';

/** A user as somebody else, or as they themselves or an admin, may see them. */
export const publicUser = (row: UserRow, { withEmail }: { withEmail: boolean }): User => ({
  id: row.id,
  username: row.username,
  role: row.role,
  ...(withEmail ? { email: row.email } : {}),
  createdAt: row.createdAt.toISOString(),
});
