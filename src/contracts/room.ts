/** Room names, spelled here and nowhere else. */
export const NAMESPACE = '/tournaments';

export const tournamentRoom = (id: string): string => `tournament:${id}`;
export const matchRoom = (id: string): string => `match:${id}`;
export const userRoom = (id: string): string => `user:${id}`;

const idIn = (prefix: string) => (room: string): string | undefined => (room.startsWith(prefix) ? room.slice(prefix.length) : undefined);
/** The id in a room's name; undefined: it is a room of another kind. */
export const tournamentIn = idIn(tournamentRoom(''));
export const matchIn = idIn(matchRoom(''));
export const userIn = idIn(userRoom(''));
