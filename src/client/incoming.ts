/** What the server sends, as one closed union: the only place that looks at raw socket payloads. */
import type { LeaderboardUpdate } from '../contracts/analytics.js';
import type { MatchEvent } from '../contracts/event.js';
import type { Notification } from '../contracts/notification.js';
import type { RefusalBody, RefusalCode } from '../contracts/refusal.js';
import type { Answer, Draining, Heartbeat, MatchJoined, TournamentJoined, Viewers } from '../contracts/socket.js';

export type Incoming =
  | { kind: 'event'; event: MatchEvent }
  | { kind: 'heartbeat'; heartbeat: Heartbeat }
  | { kind: 'viewers'; viewers: Viewers }
  | { kind: 'leaderboard'; leaderboard: LeaderboardUpdate }
  | { kind: 'draining'; draining: Draining }
  | { kind: 'notification'; notification: Notification }
  | { kind: 'eviction'; room: string; refusal: RefusalBody }
  | { kind: 'joined_match'; joined: MatchJoined }
  | { kind: 'joined_tournament'; joined: TournamentJoined };

/**
 * Null: nothing a watcher acts on. Anything with a match and a `seq` is an
 * event, known type or not: leaving one out would look like a gap for ever.
 */
export function incomingOf(name: string, payload: unknown): Incoming | null {
  if (typeof payload !== 'object' || payload === null) return null;
  switch (name) {
    case 'heartbeat':
      return { kind: 'heartbeat', heartbeat: payload as Heartbeat };
    case 'viewers':
      return { kind: 'viewers', viewers: payload as Viewers };
    case 'leaderboard_update':
      return { kind: 'leaderboard', leaderboard: payload as LeaderboardUpdate };
    case 'draining':
      return { kind: 'draining', draining: payload as Draining };
    case 'notification':
      return { kind: 'notification', notification: payload as Notification };
    case 'joined_match':
      return { kind: 'joined_match', joined: payload as MatchJoined };
    case 'joined_tournament':
      return { kind: 'joined_tournament', joined: payload as TournamentJoined };
    case 'error': {
      const refusal = payload as RefusalBody;
      const room = (refusal.details as { room?: unknown } | null | undefined)?.room;
      return typeof room === 'string' ? { kind: 'eviction', room, refusal } : null;
    }
    default: {
      const event = payload as Partial<MatchEvent>;
      return event.type === name && typeof event.matchId === 'string' && Number.isInteger(event.seq) ? { kind: 'event', event: event as MatchEvent } : null;
    }
  }
}

/** Null: not an answer of Grandstand's, which is treated like none at all. */
export function answerOf<T>(raw: unknown): Answer<T> | null {
  return typeof raw === 'object' && raw !== null && 'ok' in raw ? (raw as Answer<T>) : null;
}

/** The refusal behind a failed handshake; null: the network's fault, or a proxy's. */
export function handshakeRefusalOf(error: Error & { data?: unknown }): RefusalBody | null {
  const body = error.data as Partial<RefusalBody> | null | undefined;
  return typeof body?.code === 'string' ? { code: body.code, message: body.message ?? error.message, details: body.details } : null;
}

const TOKEN_REFUSALS: ReadonlySet<RefusalCode> = new Set<RefusalCode>(['TOKEN_INVALID', 'TOKEN_EXPIRED', 'UNAUTHENTICATED', 'FORBIDDEN']);
/** Asking again with the same token would be refused again. */
export const isTokenRefusal = (refusal: RefusalBody): boolean => TOKEN_REFUSALS.has(refusal.code);

const PASSING_REFUSALS: ReadonlySet<RefusalCode> = new Set<RefusalCode>(['UNAVAILABLE', 'DRAINING', 'RATE_LIMITED', 'INTERNAL']);
/** Asking again a little later makes sense. */
export const isPassing = (refusal: RefusalBody): boolean => PASSING_REFUSALS.has(refusal.code);
