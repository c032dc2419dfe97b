/** Who may see and who may run a tournament and its matches. Pure. */
import { isAdmin, type Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';

/** What ties one asker to one tournament. */
export interface Standing {
  visibility: string;
  ownerId: string;
  /** The asker's staff row: null if they are none. `matchIds: null` is all matches. */
  staff: { role: string; matchIds: readonly string[] | null } | null;
  /** The asker is the user of one of the participants. */
  participates: boolean;
}

/** An admin's key acts in what everybody sees, and in what is the admin's own. */
const actsAsAdmin = (asker: Principal, standing: Standing): boolean => isAdmin(asker) || (asker.role === 'ADMIN' && standing.visibility === 'public');

const isOwner = (asker: Principal, standing: Standing): boolean => actsAsAdmin(asker, standing) || asker.userId === standing.ownerId || standing.staff?.role === 'owner';

export const maySee = (asker: Principal | null, standing: Standing): boolean =>
  standing.visibility === 'public' || (asker !== null && (isOwner(asker, standing) || standing.staff !== null || standing.participates));

export const mayRun = (asker: Principal | null, standing: Standing): boolean => asker !== null && isOwner(asker, standing);

/** Referees start, score, end and correct the matches they are named for; only owners schedule, move and cancel. */
export const mayReferee = (asker: Principal | null, standing: Standing, matchId: string): boolean =>
  mayRun(asker, standing) || (asker !== null && standing.staff?.role === 'referee' && (standing.staff.matchIds?.includes(matchId) ?? true));

/** To those who may not see it, a private tournament does not exist. */
export function refuseUnseen(asker: Principal | null, standing: Standing | null, what: string): asserts standing is Standing {
  if (!standing || !maySee(asker, standing)) throw new Refusal('NOT_FOUND', `There is no ${what}`);
}

export function refuseUnlessRuns(asker: Principal | null, standing: Standing): void {
  if (!mayRun(asker, standing)) throw new Refusal('FORBIDDEN', 'Only the owners of this tournament may do that');
}

export function refuseUnlessReferees(asker: Principal | null, standing: Standing, matchId: string): void {
  if (!mayReferee(asker, standing, matchId)) throw new Refusal('FORBIDDEN', 'Only the owners of this tournament and the referees of this match may do that');
}
