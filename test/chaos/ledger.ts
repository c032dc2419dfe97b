/** What the organizers were answered: the other half of what the log has to say. */
import type { MatchEvent, MatchEventType } from '../../src/contracts/event.js';
import type { Seqs } from './crowd-wire.js';

/** A write that was answered 2xx. */
export interface Accepted {
  matchId: string;
  seq: number;
  type: MatchEventType;
  /** Present where the answer is the match's state. */
  score?: { homeScore: number; awayScore: number };
  /** When it was first sent, and when the answer was there, Unix milliseconds. */
  sentAt: number;
  at: number;
}

/** An attempt that was not answered by Grandstand's yes or no, and was made again with the same key. */
export interface Failure {
  at: number;
  /** Whose fault it was, as far as the answer tells. */
  cause: 'connection' | 'database' | 'proxy';
  what: string;
}

export class Ledger {
  readonly accepted: Accepted[] = [];
  readonly failures: Failure[] = [];
  /** Definite refusals, by code. */
  readonly refused = new Map<string, number>();
  /** Answers that nobody should ever get. */
  readonly wrong: string[] = [];

  accept(accepted: Accepted): void {
    this.accepted.push(accepted);
  }

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  /** By match: the first event that was sent, and so committed, after `since`. */
  next(since: number): Seqs {
    const next: Seqs = {};
    for (let index = this.accepted.length - 1; index >= 0; index -= 1) {
      const { matchId, seq, sentAt, at } = this.accepted[index] ?? { matchId: '', seq: 0, sentAt: 0, at: 0 };
      // Answers are kept in the order they came: nothing before this one was sent later.
      if (at < since) break;
      if (sentAt >= since) next[matchId] = Math.min(next[matchId] ?? seq, seq);
    }
    return next;
  }

  /** Where each match stands by what was answered. */
  ends(): Seqs {
    const ends: Seqs = {};
    for (const { matchId, seq } of this.accepted) ends[matchId] = Math.max(ends[matchId] ?? 0, seq);
    return ends;
  }

  /** Everything accepted is in the log as it was answered, once; nothing else is. */
  compare(logs: Readonly<Record<string, MatchEvent[]>>): string[] {
    const wrong: string[] = [];
    const answered = new Map<string, Accepted>();
    for (const accepted of this.accepted) {
      const place = `${accepted.matchId} ${accepted.seq}`;
      if (answered.has(place)) wrong.push(`${place} was answered to two writes`);
      answered.set(place, accepted);
      const event = logs[accepted.matchId]?.[accepted.seq - 1];
      if (event?.type !== accepted.type) wrong.push(`${place} was answered to a ${accepted.type}, the log has ${event?.type ?? 'nothing'}`);
      else if (accepted.score && 'homeScore' in event && (event.homeScore !== accepted.score.homeScore || event.awayScore !== accepted.score.awayScore)) {
        wrong.push(`${place} was answered with ${JSON.stringify(accepted.score)}, the log has ${JSON.stringify(event)}`);
      }
    }
    for (const event of Object.values(logs).flat()) {
      if (!answered.has(`${event.matchId} ${event.seq}`)) wrong.push(`${event.matchId} ${event.seq} (${event.type}) is in the log, and nobody was told so`);
    }
    return wrong;
  }
}

/** seq 1, 2, 3, … in every log, and the row where the log ends. */
export function gapsOf(logs: Readonly<Record<string, MatchEvent[]>>, rows: readonly { id: string; seq: number }[]): string[] {
  return rows.flatMap(({ id, seq }) => {
    const log = logs[id] ?? [];
    const gap = log.findIndex((event, index) => event.seq !== index + 1);
    return [...(gap === -1 ? [] : [`${id}: seq ${log[gap]?.seq ?? 0} at place ${gap + 1}`]), ...(log.length === seq ? [] : [`${id}: the row is at ${seq}, the log has ${log.length} events`])];
  });
}
