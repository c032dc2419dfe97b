/**
 * The socket's wire: commands a client sends, answers, and events the server
 * sends. Server, page, watcher library and tests all import these.
 */
import { z } from 'zod';
import type { LeaderboardUpdate } from './analytics.js';
import { MatchEvent, type MatchEventType } from './event.js';
import { Id } from './id.js';
import { MatchSnapshot, ScoreBody } from './match.js';
import type { Notification } from './notification.js';
import type { RefusalBody } from './refusal.js';

const Seq = z.int().min(0);

/** `'summer-cup'` is short for `{ tournamentId: 'summer-cup' }`. */
export const JoinTournament = z.union([
  Id.transform((tournamentId) => ({ tournamentId, since: undefined })),
  z.strictObject({ tournamentId: Id, since: z.record(Id, Seq).optional() }),
]);
export const JoinMatch = z.union([Id.transform((matchId) => ({ matchId, since: undefined })), z.strictObject({ matchId: Id, since: Seq.optional() })]);
export const LeaveTournament = z.union([Id.transform((tournamentId) => ({ tournamentId })), z.strictObject({ tournamentId: Id })]);
export const LeaveMatch = z.union([Id.transform((matchId) => ({ matchId })), z.strictObject({ matchId: Id })]);
/** As the REST body, with the match it is for; `ifMatch` and `idempotencyKey` are the headers of REST. */
export const ScoreCommand = z.strictObject({
  matchId: Id,
  tournamentId: Id.optional(),
  ...ScoreBody.shape,
  ifMatch: Seq.optional(),
  idempotencyKey: z.string().min(1).max(200).optional(),
});

export const TournamentJoined = z.object({ tournamentId: Id, room: z.string(), matches: z.array(MatchSnapshot), missed: z.array(MatchEvent), complete: z.boolean() });
export type TournamentJoined = z.infer<typeof TournamentJoined>;
export const MatchJoined = z.object({ matchId: Id, room: z.string(), match: MatchSnapshot, missed: z.array(MatchEvent), complete: z.boolean() });
export type MatchJoined = z.infer<typeof MatchJoined>;
export interface TournamentLeft {
  tournamentId: string;
  room: string;
}
export interface MatchLeft {
  matchId: string;
  room: string;
}

export type Answer<T> = { ok: true; data: T } | { ok: false; error: RefusalBody };
export type Ack<T> = (answer: Answer<T>) => void;

/** command → what it takes, what its answer holds, and the event that carries the answer when there is no ack. */
export const COMMANDS = {
  join_tournament: { payload: JoinTournament, answer: 'joined_tournament' },
  join_match: { payload: JoinMatch, answer: 'joined_match' },
  leave_tournament: { payload: LeaveTournament, answer: 'left_tournament' },
  leave_match: { payload: LeaveMatch, answer: 'left_match' },
  score_update: { payload: ScoreCommand, answer: 'score_accepted' },
} as const;
export type CommandName = keyof typeof COMMANDS;

export interface CommandAnswers {
  join_tournament: TournamentJoined;
  join_match: MatchJoined;
  leave_tournament: TournamentLeft;
  leave_match: MatchLeft;
  score_update: MatchSnapshot;
}

export type ClientEvents = {
  [Name in CommandName]: (payload: z.input<(typeof COMMANDS)[Name]['payload']>, ack?: Ack<CommandAnswers[Name]>) => void;
};

type MatchEventHandlers = { [Type in MatchEventType]: (event: Extract<MatchEvent, { type: Type }>) => void };

/** The `seq` of every match of one joined room: who has less has missed something. */
export type Heartbeat = Record<string, number>;
/** How many sockets are in a room, over all instances; at most once a second, only when it changed. */
export interface Viewers {
  room: string;
  viewers: number;
}
/** This instance is going away: connect again after `reconnectInMs`, at the latest at `deadlineMs`. */
export interface Draining {
  reconnectInMs: number;
  deadlineMs: number;
}

export interface ServerEvents extends MatchEventHandlers {
  /** The tournament's top table, at most once a second and only when it changed. */
  leaderboard_update: (update: LeaderboardUpdate) => void;
  notification: (notification: Notification) => void;
  heartbeat: (heartbeat: Heartbeat) => void;
  viewers: (viewers: Viewers) => void;
  draining: (draining: Draining) => void;
  joined_tournament: (data: TournamentJoined) => void;
  joined_match: (data: MatchJoined) => void;
  left_tournament: (data: TournamentLeft) => void;
  left_match: (data: MatchLeft) => void;
  score_accepted: (data: MatchSnapshot) => void;
  error: (error: RefusalBody) => void;
}
