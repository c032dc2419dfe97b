/**
 * Those who post. Each write has a key of its own and is sent again with that
 * key until the answer is a yes or a no: exactly what a careful script does.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { api } from '../../src/contracts/api.js';
import type { MatchEventType } from '../../src/contracts/event.js';
import { RestRefusal, type RestClient } from '../../src/contracts/rest-client.js';
import type { SeededRandom } from '../../src/simulator/seeded-random.js';
import type { Ledger } from './ledger.js';

export const PLAYERS = Array.from({ length: 6 }, (_, index) => `player-${index}`);
const ANSWER_WITHIN_MS = 10_000;
const AGAIN_MS = 150;
/** No answer, or one that says nothing about the write. */
const PASSING = new Set([502, 503, 504]);

/** A match that is being played. */
export interface Playing {
  id: string;
  cupId: string;
  /** Live to the end of the run: those who watch it alone always have a next event. */
  lasting: boolean;
}

interface Answered {
  seq: number;
  homeScore?: number;
  awayScore?: number;
}

export class Organizer {
  #writes = 0;

  constructor(
    readonly name: string,
    private readonly rest: RestClient,
    private readonly random: SeededRandom,
    private readonly ledger: Ledger,
    /** All matches being played; this one's tournaments alone, unless it is an admin. */
    private readonly playing: Map<string, Playing>,
    private readonly cupId: string | null,
  ) {}

  /** Posts until told to stop, then finishes what it began. */
  async post(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const matches = [...this.playing.values()].filter((match) => this.cupId === null || match.cupId === this.cupId);
      const match = matches[this.random.int(0, matches.length - 1)];
      if (match) await this.#write(match);
      await pause(this.random.int(20, 120));
    }
  }

  async #write(match: Playing): Promise<void> {
    const { random } = this;
    const draw = random.next();
    const [homeScore, awayScore] = [random.int(0, 99), random.int(0, 99)];
    const params = { id: match.id };
    if (draw < 0.82) await this.score(match.id, homeScore, awayScore);
    else if (draw < 0.88) await this.insist('match_correction', match.id, (keyed) => this.rest.call(api.correctMatch, { params, body: { homeScore, awayScore, reason: 'a recount' }, ...keyed }));
    else if (draw < 0.96) await this.stats(match.id);
    else if (match.lasting && this.cupId !== null) await this.schedule(match.cupId);
    else if (!match.lasting) await this.end(match.id);
  }

  score(id: string, homeScore: number, awayScore: number): Promise<Answered | null> {
    return this.insist('score_update', id, (keyed) => this.rest.call(api.postScore, { params: { id }, body: { homeScore, awayScore }, ...keyed }));
  }

  async stats(id: string): Promise<void> {
    const lines = PLAYERS.slice(0, this.random.int(1, PLAYERS.length)).map((userId) => ({ userId, participantId: 'home', stats: { kills: this.random.int(0, 30), deaths: this.random.int(0, 30) } }));
    await this.insist('stats_update', id, (keyed) => this.rest.call(api.putStats, { params: { id }, body: { lines }, ...keyed }));
  }

  async end(id: string): Promise<void> {
    if (await this.insist('match_end', id, (keyed) => this.rest.call(api.endMatch, { params: { id }, body: {}, ...keyed }))) this.playing.delete(id);
  }

  /** The final whistle in every match of its tournament. */
  async endAll(): Promise<void> {
    for (const { id, cupId } of [...this.playing.values()]) if (cupId === this.cupId) await this.end(id);
  }

  /** A short match that nobody knew of before: whoever watches the tournament follows it from its first event. */
  async schedule(cupId: string): Promise<void> {
    const id = `${cupId}-short-${this.#writes}`;
    await this.insist(null, id, (keyed) => this.rest.call(api.createMatch, { params: { id: cupId }, body: { id, homeParticipantId: 'home', awayParticipantId: 'away' }, ...keyed }));
    await this.start(id, cupId, false);
  }

  async start(id: string, cupId: string, lasting: boolean): Promise<void> {
    await this.insist('match_start', id, (keyed) => this.rest.call(api.startMatch, { params: { id }, ...keyed }));
    this.playing.set(id, { id, cupId, lasting });
  }

  /** `type` null: the write makes no event. Null: it was refused for good. */
  async insist(type: MatchEventType | null, matchId: string, call: (keyed: { idempotencyKey: string; signal: AbortSignal }) => Promise<Answered>): Promise<Answered | null> {
    const { ledger } = this;
    const idempotencyKey = `${this.name}-${(this.#writes += 1)}`;
    const sentAt = Date.now();
    for (;;) {
      try {
        const answer = await call({ idempotencyKey, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
        const { seq, homeScore, awayScore } = answer;
        const score = homeScore !== undefined && awayScore !== undefined ? { homeScore, awayScore } : undefined;
        if (type !== null) ledger.accept({ matchId, seq, type, score, sentAt, at: Date.now() });
        return answer;
      } catch (error) {
        const at = Date.now();
        if (!(error instanceof RestRefusal)) ledger.failures.push({ at, cause: 'connection', what: error instanceof Error ? `${error.message} (${reasonOf(error)})` : String(error) });
        else if (PASSING.has(error.status)) ledger.failures.push({ at, cause: error.problem.detail.startsWith('The database') ? 'database' : 'proxy', what: `${error.status} ${error.problem.code}: ${error.problem.detail}` });
        else if (error.status < 500) {
          ledger.refuse(error.problem.code);
          return null;
        } else {
          ledger.wrong.push(`${type ?? 'a match'} of ${matchId}: ${error.message}`);
          // It may or may not have been done: the key says which.
        }
        await pause(AGAIN_MS);
      }
    }
  }
}

const reasonOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.name);
