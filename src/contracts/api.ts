/**
 * The REST surface, route by route: what it takes, what it answers, who may
 * call it. The server validates with it, OpenAPI is generated from it, and the
 * tools, the page and the tests call through it.
 */
import { z } from 'zod';
import { FoundLine, Kda, KdaQuery, LeaderboardQuery, LeaderboardRow, PlayerPage, StatSearchFilter, TopPlayer, TopPlayersQuery, TournamentAnalytics } from './analytics.js';
import { ApiKey, Login, NewApiKey, Refresh, Tokens, type Scope } from './auth.js';
import { EventsPage } from './event.js';
import { Game } from './games/index.js';
import { Id } from './id.js';
import { CancelBody, CorrectionBody, EndBody, MatchSnapshot, MatchStatus, NewMatch, RescheduleBody, ScoreBody } from './match.js';
import { WebsocketStats } from './monitoring.js';
import { NewNotification, Notification } from './notification.js';
import { numberedQuery, pageOf, pageQuery, queryInt } from './page.js';
import type { RefusalCode } from './refusal.js';
import { GameDescription, StatsAnswer, StatsBody } from './stats.js';
import { NewParticipant, NewStaff, NewTournament, Participant, Staff, Standing, Tournament, TournamentChange } from './tournament.js';
import { NewUser, User, type Role } from './user.js';

export const API_PREFIX = '/api/v1';
export const BODY_LIMIT = 16 * 1024;
export const STATS_BODY_LIMIT = 1024 * 1024;

/**
 * `public`: a token is welcome but not needed. `credentials`: the body says who
 * asks, and a token is not looked at: whoever comes for a new one may still send
 * the old one. Else any valid token; the domain decides the rest. `roles`: one
 * of these. An API key needs `scope` too.
 */
export type Access = 'public' | 'credentials' | { roles?: readonly Role[]; scope?: Scope };

/** Which budget of the RateLimit headers a call draws on, and how much of it. */
export interface RateCost {
  policy: 'read' | 'write' | 'login';
  credits: number;
  /** Counted for the user of the refresh token in the body, who may share an address with many; a bad one for the address. */
  by?: 'refreshToken';
}

export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, parameters as `:id`. */
  path: string;
  summary: string;
  tag: string;
  access: Access;
  rate: RateCost;
  /** What it costs who has no token, or a player's: strangers. @default `rate` */
  strangersRate?: RateCost;
  status: 200 | 201 | 204;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  bodyLimit?: number;
  answer?: z.ZodType;
  /** Which number of the answer is its ETag; `answer`: a hash of all of it. */
  etag?: 'seq' | 'version' | 'answer';
  /** Takes `If-Match: "<etag>"`; elsewhere that header is refused, since it would mean nothing. */
  ifMatch?: true;
  /** The answer holds a secret or an email: an idempotency record of it is sealed with the caller's key. */
  secret?: true;
  refuses: readonly RefusalCode[];
}

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;
type InputOf<S> = S extends z.ZodType ? z.input<S> : undefined;
/** What a handler is given: parsed. */
export interface Call<E extends Endpoint> {
  params: OutputOf<E['params']>;
  query: OutputOf<E['query']>;
  body: OutputOf<E['body']>;
}
export type AnswerOf<E extends Endpoint> = OutputOf<E['answer']>;
export type ParamsIn<E extends Endpoint> = InputOf<E['params']>;
export type QueryIn<E extends Endpoint> = InputOf<E['query']>;
export type BodyIn<E extends Endpoint> = InputOf<E['body']>;

const read: RateCost = { policy: 'read', credits: 1 };
const write: RateCost = { policy: 'write', credits: 1 };
const byId = z.strictObject({ id: Id });
const organizers = ['ORGANIZER', 'ADMIN'] as const;

const endpoint = <const E extends Endpoint>(definition: E): E => definition;

export const api = {
  login: endpoint({
    method: 'POST', path: '/auth/login', tag: 'auth', summary: 'Get tokens for a local account', access: 'credentials',
    rate: { policy: 'login', credits: 1 }, status: 200, body: Login, answer: Tokens, refuses: ['CREDENTIALS_INVALID', 'FORBIDDEN'],
  }),
  refresh: endpoint({
    method: 'POST', path: '/auth/refresh', tag: 'auth', summary: 'Get new tokens for a refresh token', access: 'credentials',
    rate: { policy: 'login', credits: 1, by: 'refreshToken' }, status: 200, body: Refresh, answer: Tokens, refuses: ['TOKEN_INVALID', 'TOKEN_EXPIRED'],
  }),
  createApiKey: endpoint({
    method: 'POST', path: '/api-keys', tag: 'auth', summary: 'Make an API key; its secret is shown once', access: { roles: organizers },
    rate: write, status: 201, body: NewApiKey, answer: ApiKey, secret: true, refuses: ['ALREADY_EXISTS', 'UNPROCESSABLE'],
  }),
  revokeApiKey: endpoint({
    method: 'DELETE', path: '/api-keys/:id', tag: 'auth', summary: 'Revoke an API key at once', access: {},
    rate: write, status: 204, params: byId, refuses: ['NOT_FOUND'],
  }),

  createUser: endpoint({
    method: 'POST', path: '/users', tag: 'users', summary: 'Register, or enter a player', access: 'public',
    // A password is 50 ms of a core: 30 in 10 s for an address, which a venue's own people may share.
    rate: write, strangersRate: { policy: 'write', credits: 100 }, status: 201, body: NewUser, answer: User, secret: true, refuses: ['ALREADY_EXISTS', 'FORBIDDEN'],
  }),
  getUser: endpoint({
    method: 'GET', path: '/users/:id', tag: 'users', summary: 'One user; the email only to that user and to admins', access: 'public',
    rate: read, status: 200, params: byId, answer: User, refuses: ['NOT_FOUND'],
  }),

  createTournament: endpoint({
    method: 'POST', path: '/tournaments', tag: 'tournaments', summary: 'Open a tournament', access: { roles: organizers, scope: 'tournaments:write' },
    rate: write, status: 201, body: NewTournament, answer: Tournament, etag: 'version', refuses: ['ALREADY_EXISTS'],
  }),
  listTournaments: endpoint({
    method: 'GET', path: '/tournaments', tag: 'tournaments', summary: 'Tournaments, newest first', access: 'public',
    rate: read, status: 200, query: z.strictObject({ ...pageQuery, game: Game.optional() }), answer: pageOf(Tournament), refuses: [],
  }),
  getTournament: endpoint({
    method: 'GET', path: '/tournaments/:id', tag: 'tournaments', summary: 'One tournament', access: 'public',
    rate: read, status: 200, params: byId, answer: Tournament, etag: 'version', refuses: ['NOT_FOUND'],
  }),
  changeTournament: endpoint({
    method: 'PATCH', path: '/tournaments/:id', tag: 'tournaments', summary: 'Change a tournament', access: { scope: 'tournaments:write' },
    rate: write, status: 200, params: byId, body: TournamentChange, answer: Tournament, etag: 'version', ifMatch: true, refuses: ['NOT_FOUND', 'STALE'],
  }),
  getStandings: endpoint({
    method: 'GET', path: '/tournaments/:id/standings', tag: 'tournaments', summary: 'The table, from completed matches', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, params: byId, query: z.strictObject({ ...pageQuery, limit: queryInt(1, 1_000).default(1_000) }), answer: pageOf(Standing), refuses: ['NOT_FOUND'],
  }),
  createParticipant: endpoint({
    method: 'POST', path: '/tournaments/:id/participants', tag: 'tournaments', summary: 'Enter a team or a player', access: { scope: 'tournaments:write' },
    rate: write, status: 201, params: byId, body: NewParticipant, answer: Participant, refuses: ['NOT_FOUND', 'ALREADY_EXISTS', 'UNKNOWN_REFERENCE'],
  }),
  listParticipants: endpoint({
    method: 'GET', path: '/tournaments/:id/participants', tag: 'tournaments', summary: 'Participants, by id', access: 'public',
    rate: read, status: 200, params: byId, query: z.strictObject(pageQuery), answer: pageOf(Participant), refuses: ['NOT_FOUND'],
  }),
  createStaff: endpoint({
    method: 'POST', path: '/tournaments/:id/staff', tag: 'tournaments', summary: 'Name an owner or a referee', access: {},
    rate: write, status: 201, params: byId, body: NewStaff, answer: Staff, refuses: ['NOT_FOUND', 'UNKNOWN_REFERENCE'],
  }),
  listStaff: endpoint({
    method: 'GET', path: '/tournaments/:id/staff', tag: 'tournaments', summary: 'Who runs it; for its owners and admins', access: {},
    rate: read, status: 200, params: byId, query: z.strictObject(pageQuery), answer: pageOf(Staff), refuses: ['NOT_FOUND'],
  }),

  createMatch: endpoint({
    method: 'POST', path: '/tournaments/:id/matches', tag: 'matches', summary: 'Schedule a match', access: { scope: 'matches:write' },
    rate: write, status: 201, params: byId, body: NewMatch, answer: MatchSnapshot, etag: 'seq', refuses: ['NOT_FOUND', 'ALREADY_EXISTS', 'UNKNOWN_REFERENCE'],
  }),
  listTournamentMatches: endpoint({
    method: 'GET', path: '/tournaments/:id/matches', tag: 'matches', summary: 'Matches of a tournament, oldest first', access: 'public',
    rate: read, status: 200, params: byId, query: z.strictObject({ ...pageQuery, status: MatchStatus.optional() }), answer: pageOf(MatchSnapshot), refuses: ['NOT_FOUND'],
  }),
  listMatches: endpoint({
    method: 'GET', path: '/matches', tag: 'matches', summary: 'Matches over all public tournaments, newest first', access: 'public',
    rate: read, status: 200, query: z.strictObject({ ...pageQuery, status: MatchStatus.optional(), game: Game.optional() }), answer: pageOf(MatchSnapshot), refuses: [],
  }),
  getMatch: endpoint({
    method: 'GET', path: '/matches/:id', tag: 'matches', summary: 'A match as it stands; the ETag is its seq', access: 'public',
    rate: read, status: 200, params: byId, answer: MatchSnapshot, etag: 'seq', refuses: ['NOT_FOUND'],
  }),
  startMatch: endpoint({
    method: 'POST', path: '/matches/:id/start', tag: 'matches', summary: 'Start', access: { scope: 'matches:write' },
    rate: write, status: 200, params: byId, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE'],
  }),
  postScore: endpoint({
    method: 'PUT', path: '/matches/:id/score', tag: 'matches', summary: 'Post the score', access: { scope: 'scores:write' },
    rate: write, status: 200, params: byId, body: ScoreBody, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE'],
  }),
  endMatch: endpoint({
    method: 'POST', path: '/matches/:id/end', tag: 'matches', summary: 'End, or forfeit', access: { scope: 'matches:write' },
    rate: write, status: 200, params: byId, body: EndBody, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE', 'UNPROCESSABLE'],
  }),
  correctMatch: endpoint({
    method: 'POST', path: '/matches/:id/corrections', tag: 'matches', summary: 'Correct a score, a winner or an outcome, also after the end', access: { scope: 'matches:write' },
    rate: write, status: 201, params: byId, body: CorrectionBody, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE', 'UNPROCESSABLE'],
  }),
  cancelMatch: endpoint({
    method: 'POST', path: '/matches/:id/cancel', tag: 'matches', summary: 'Cancel', access: { scope: 'matches:write' },
    rate: write, status: 200, params: byId, body: CancelBody, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE'],
  }),
  rescheduleMatch: endpoint({
    method: 'POST', path: '/matches/:id/reschedule', tag: 'matches', summary: 'Move to another time', access: { scope: 'matches:write' },
    rate: write, status: 200, params: byId, body: RescheduleBody, answer: MatchSnapshot, etag: 'seq', ifMatch: true, refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE'],
  }),
  listEvents: endpoint({
    method: 'GET', path: '/matches/:id/events', tag: 'matches', summary: 'The log: every event after `after`, in order', access: 'public',
    rate: read, status: 200, params: byId, query: numberedQuery(queryInt(1, 500).default(500)),
    answer: EventsPage, refuses: ['NOT_FOUND', 'CURSOR_AHEAD'],
  }),
  putStats: endpoint({
    method: 'PUT', path: '/matches/:id/stats', tag: 'stats', summary: 'Write up to 1,000 stat lines, all or none; a line replaces the player\'s line in this match', access: { scope: 'stats:write' },
    rate: { policy: 'write', credits: 2 }, status: 200, params: byId, body: StatsBody, bodyLimit: STATS_BODY_LIMIT, answer: StatsAnswer, etag: 'seq', ifMatch: true,
    refuses: ['NOT_FOUND', 'INVALID_TRANSITION', 'STALE', 'UNPROCESSABLE', 'UNKNOWN_REFERENCE'],
  }),
  listGames: endpoint({
    method: 'GET', path: '/games', tag: 'stats', summary: 'The games and the JSON Schema of their stat lines', access: 'public',
    rate: read, status: 200, answer: z.object({ data: z.array(GameDescription) }), refuses: [],
  }),

  topPlayers: endpoint({
    method: 'GET', path: '/analytics/top-players', tag: 'analytics', summary: 'Players ranked by the sum of one numeric stat; without `game`, over all games that have it', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, query: TopPlayersQuery, answer: z.object({ data: z.array(TopPlayer) }), etag: 'answer', refuses: ['NOT_FOUND'],
  }),
  leaderboard: endpoint({
    method: 'GET', path: '/analytics/leaderboard', tag: 'analytics', summary: 'Players by win rate, then KDA; without `game`, over all games', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, query: LeaderboardQuery, answer: z.object({ data: z.array(LeaderboardRow) }), etag: 'answer', refuses: ['NOT_FOUND'],
  }),
  playerKda: endpoint({
    method: 'GET', path: '/analytics/players/:userId/kda', tag: 'analytics', summary: 'Kills, deaths, assists and their ratio', access: 'public',
    rate: read, status: 200, params: z.strictObject({ userId: Id }), query: KdaQuery, answer: Kda, etag: 'answer', refuses: ['NOT_FOUND'],
  }),
  playerPage: endpoint({
    method: 'GET', path: '/analytics/players/:userId', tag: 'analytics', summary: 'A player: record, totals in each game, last matches', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, params: z.strictObject({ userId: Id }), query: z.strictObject({ lastMatches: queryInt(1, 50).default(10) }), answer: PlayerPage, etag: 'answer', refuses: ['NOT_FOUND'],
  }),
  searchStats: endpoint({
    method: 'GET', path: '/analytics/stats', tag: 'analytics', summary: 'Stat lines by what they hold: `@>`, `?`, `?&`, `?|`', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, query: z.strictObject({ ...pageQuery, ...StatSearchFilter }), answer: pageOf(FoundLine), etag: 'answer', refuses: ['NOT_FOUND'],
  }),
  tournamentAnalytics: endpoint({
    method: 'GET', path: '/analytics/tournaments/:id', tag: 'analytics', summary: 'A tournament in numbers, with the leaders of each stat', access: 'public',
    rate: { policy: 'read', credits: 2 }, status: 200, params: byId, answer: TournamentAnalytics, etag: 'answer', refuses: ['NOT_FOUND'],
  }),

  notifyUser: endpoint({
    method: 'POST', path: '/users/:id/notifications', tag: 'notifications', summary: 'Notify one user, now or when they are back', access: { roles: organizers, scope: 'notifications:write' },
    rate: write, status: 201, params: byId, body: NewNotification, answer: Notification, refuses: [],
  }),
  myNotifications: endpoint({
    method: 'GET', path: '/me/notifications', tag: 'notifications', summary: 'What was said to me after `after`', access: {},
    rate: read, status: 200, query: numberedQuery(pageQuery.limit), answer: pageOf(Notification), refuses: ['CURSOR_AHEAD'],
  }),

  websocketStats: endpoint({
    method: 'GET', path: '/monitoring/websocket/stats', tag: 'monitoring', summary: 'Connections and rooms of the whole fleet', access: 'public',
    rate: read, status: 200, answer: WebsocketStats, refuses: [],
  }),
} as const;
