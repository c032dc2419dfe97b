/** What the suite and its crowd, a process of its own, say to each other. */
import type { MatchEvent } from '../../src/contracts/event.js';
import type { MatchSnapshot } from '../../src/contracts/match.js';
import type { Recovery } from './sightings.js';

/** By match: a `seq`. */
export type Seqs = Record<string, number>;

export interface Cup {
  id: string;
  /** Live from the beginning to the end; more may be scheduled in between. */
  matchIds: string[];
}

/** Who watches what, in order of their numbers. */
export interface Asks {
  open: { give: { url: string; direct: string[]; watchers: number; raws: number; cups: Cup[] }; get: null };
  /** Leaves the connections of some unread; answers whose. */
  freeze: { give: { watchers: number; raws: number; from: number }; get: number[] };
  thaw: { give: { frozen: number[] }; get: null };
  /** Every other raw socket leaves and joins all the time; now no more. */
  stay: { give: null; get: null };
  /** `next`: by match the first event committed after `since`. Answers for each who is not frozen; null: it has none yet. */
  recovery: { give: { since: number; next: Seqs }; get: (Recovery | null)[] };
  /** Who is not where the logs end. */
  behind: { give: { ends: Seqs; ofCups: Record<string, string[]> }; get: string[] };
  /** Compares everything that was seen with the truth. */
  verify: { give: { logs: Record<string, MatchEvent[]>; rows: MatchSnapshot[] }; get: Findings };
  /** Rooms with the number of those who have joined them, as far as the crowd knows. */
  counts: { give: null; get: { connected: number; rooms: Record<string, number> } };
  /** What has been found wrong so far. */
  findings: { give: null; get: Findings };
  close: { give: null; get: null };
}
export type AskName = keyof Asks;

/** By check, what was found wrong. */
export interface Findings {
  /** A watcher's list is not its matches' log. */
  watcherLists: string[];
  /** A watcher's snapshot is not the row. */
  watcherStates: string[];
  /** A watcher started over, was refused, or a handler threw. */
  watcherTrouble: string[];
  /** A raw socket's connection brought something twice, out of order, or with a hole. */
  rawStreams: string[];
  /** What a raw socket has by its cursor is not the log. */
  rawLists: string[];
  /** What a watcher or raw socket was answered a join with does not fit together. */
  rawJoins: string[];
}

export const noFindings = (): Findings => ({ watcherLists: [], watcherStates: [], watcherTrouble: [], rawStreams: [], rawLists: [], rawJoins: [] });

export type Request = { [Name in AskName]: { id: number; name: Name; give: Asks[Name]['give'] } }[AskName];
export interface Response {
  id: number;
  got?: unknown;
  failed?: string;
}
