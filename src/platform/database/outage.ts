/** Tells PostgreSQL's errors apart: away (try again later), conflicting (try again now), a key that is taken. */

/** The SQLSTATE or driver code of an error, however deep Prisma and its adapter have wrapped it. */
export function sqlState(error: unknown): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 6 && typeof at === 'object' && at !== null; depth += 1) {
    const layer = at as { code?: unknown; originalCode?: unknown; cause?: unknown; meta?: { code?: unknown; driverAdapterError?: unknown } };
    if (typeof layer.originalCode === 'string') return layer.originalCode;
    const inner: unknown = layer.meta?.driverAdapterError ?? layer.cause;
    if (typeof layer.meta?.code === 'string' && /^[0-9A-Z]{5}$/.test(layer.meta.code)) return layer.meta.code;
    if (typeof layer.code === 'string' && inner === undefined) return layer.code;
    at = inner;
  }
  return undefined;
}

/** Beside those that say it is gone: it gave up on a statement or a lock, is out of memory or disk, or has become a standby. */
const CANNOT_NOW = ['57014', '55P03', '53100', '53200', '53400', '25006'];
const AWAY_STATES = new Set([...CANNOT_NOW, '57P01', '57P02', '57P03', '53300', '25P03', '25P04', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOENT', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const AWAY_WORDS = /connection terminated|timeout exceeded when trying to connect|can't reach database|server (has )?closed the connection|connection timeout|database system is|ConnectionClosed|DatabaseNotReachable|SocketTimeout|TooManyConnections|Unable to start a transaction|Client has encountered a connection error|not queryable|query read timeout/i;

/** True when PostgreSQL could not be asked, or went away while it was. */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined && (AWAY_STATES.has(state) || state.startsWith('08'))) return true;
  let at: unknown = error;
  for (let depth = 0; depth < 6 && at instanceof Error; depth += 1) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && AWAY_STATES.has(code)) return true;
    if (AWAY_WORDS.test(`${at.name} ${at.message}`)) return true;
    at = at.cause;
  }
  return false;
}

/** It gave up on a statement that took longer than any may: it is there, and would again. */
export const isTooLong = (error: unknown): boolean => sqlState(error) === '57014';

/** A deadlock or serialization failure: the same transaction may well pass when run again. */
export const isConflict = (error: unknown): boolean => {
  const state = sqlState(error);
  return state === '40P01' || state === '40001' || state === 'P2034';
};

/** A key or name that is taken. */
export const isDuplicate = (error: unknown): boolean => {
  const state = sqlState(error);
  return state === '23505' || (error as { code?: unknown } | null)?.code === 'P2002';
};

/** A row that another row points at does not exist. */
export const isMissingReference = (error: unknown): boolean => {
  const state = sqlState(error);
  return state === '23503' || (error as { code?: unknown } | null)?.code === 'P2003';
};
