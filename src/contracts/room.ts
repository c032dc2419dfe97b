/** Room names, spelled here and nowhere else. */
export const NAMESPACE = '/tournaments';

export const tournamentRoom = (id: string): string => `tournament:${id}`;
export const matchRoom = (id: string): string => `match:${id}`;
export const userRoom = (id: string): string => `user:${id}`;
