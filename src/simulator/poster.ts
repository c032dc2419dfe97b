/**
 * Puts the demo's actions on the REST surface as an organizer's script would:
 * patient while the server is away, each write under a key of its own, so that
 * a lost answer never posts twice.
 */
import { api } from '../contracts/api.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { RestRefusal } from '../contracts/rest-client.js';
import { found } from '../tools/found.js';
import { inParallel } from '../tools/in-parallel.js';
import type { PatientClient } from '../tools/patience.js';
import { DEMO_TEAMS } from './cast.js';
import type { DuelLine } from './duel.js';
import { runOf, type Action, type Playing } from './show.js';

export const DEMO_TOURNAMENT = 'demo';

/** `refused`: this match is no longer the demo's to play. `later`: the server broke on it; the same once more. */
export type Outcome = 'done' | 'refused' | 'later';

export class Poster {
  constructor(
    private readonly client: PatientClient,
    private readonly now: () => Date = () => new Date(),
    private readonly say: (line: string) => void = () => undefined,
  ) {}

  /** The tournament and everybody in it; the launcher may have been here first. */
  async enterCast(): Promise<void> {
    const params = { id: DEMO_TOURNAMENT };
    await found(this.client.ask(api.createTournament, { body: { id: DEMO_TOURNAMENT, name: 'Grandstand Demo Cup', game: 'CSGO' } }));
    const { data } = await this.client.ask(api.listParticipants, { params, query: { limit: '200' } });
    const there = new Set(data.map(({ id }) => id));
    await inParallel(4, DEMO_TEAMS.filter(({ id }) => !there.has(id)), async ({ id, name, players }) => {
      for (const player of players) await found(this.client.ask(api.createUser, { body: { id: player.id, username: player.name } }));
      // Last: a team that is there has its players.
      await found(this.client.ask(api.createParticipant, { params, body: { id, name } }));
    });
  }

  /** The number of this run, and what earlier runs left unfinished. */
  async lookAround(): Promise<{ run: number; unfinished: MatchSnapshot[] }> {
    let run = 0;
    const unfinished: MatchSnapshot[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.client.ask(api.listTournamentMatches, { params: { id: DEMO_TOURNAMENT }, query: { limit: '200', cursor } });
      for (const match of page.data) {
        const of = runOf(match.id);
        if (of === undefined) continue;
        run = Math.max(run, of);
        if (match.status === 'LIVE' || match.status === 'SCHEDULED') unfinished.push(match);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    return { run: run + 1, unfinished };
  }

  /** Matches of an earlier run that nobody plays on, because their story is not known any more. */
  async putAway(matches: readonly MatchSnapshot[]): Promise<void> {
    for (const { id, status } of matches) {
      const params = { id };
      await this.#outcome(id, async () => {
        if (status === 'LIVE') await this.client.ask(api.endMatch, { params, body: {}, idempotencyKey: `${id}-away` });
        else await this.client.ask(api.cancelMatch, { params, body: { reason: 'The demo began anew' }, idempotencyKey: `${id}-away` });
      });
    }
  }

  perform({ playing, beat }: Action): Promise<Outcome> {
    const { id, home, away, at } = playing;
    const params = { id };
    const key = (what: string) => ({ idempotencyKey: `${id}-${String(at)}-${what}` });
    return this.#outcome(id, async () => {
      switch (beat?.kind) {
        case undefined:
          return this.#make(playing);
        case 'start':
          return this.client.ask(api.startMatch, { params, ...key('start') });
        case 'fight':
          return this.#stats(playing, beat.lines, key('stats'));
        case 'round': {
          const { homeScore, awayScore } = beat;
          await this.#stats(playing, beat.lines, key('stats'));
          return this.client.ask(api.postScore, { params, body: { homeScore, awayScore }, ...key('score') });
        }
        case 'correction': {
          const { homeScore, awayScore, reason } = beat;
          return this.client.ask(api.correctMatch, { params, body: { homeScore, awayScore, reason }, ...key('correction') });
        }
        case 'end':
          return this.client.ask(api.endMatch, { params, body: {}, ...key('end') });
        case 'forfeit':
          return this.client.ask(api.endMatch, { params, body: { outcome: 'forfeit', winnerId: (beat.winner === 'home' ? home : away).id }, ...key('end') });
      }
    });
  }

  async #make({ id, home, away }: Playing): Promise<void> {
    const body = { id, homeParticipantId: home.id, awayParticipantId: away.id, scheduledAt: this.now().toISOString() };
    await found(this.client.ask(api.createMatch, { params: { id: DEMO_TOURNAMENT }, body }));
  }

  async #stats({ id, home, away }: Playing, changed: readonly DuelLine[], key: { idempotencyKey: string }): Promise<void> {
    if (changed.length === 0) return;
    const lines = changed.map(({ userId, side, stats }) => ({ userId, participantId: (side === 'home' ? home : away).id, stats }));
    await this.client.ask(api.putStats, { params: { id }, body: { lines }, ...key });
  }

  async #outcome(id: string, post: () => Promise<unknown>): Promise<Outcome> {
    try {
      await post();
      return 'done';
    } catch (error) {
      // Without a token that is taken there is no demo: whoever started it has to know.
      if (!(error instanceof RestRefusal) || error.status === 401 || error.status === 403) throw error;
      this.say(`match ${id}: ${error.message}`);
      return error.status >= 500 ? 'later' : 'refused';
    }
  }
}
