/** Matches: each write locks the match, checks, records state and event together, and announces the event once committed. */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { applyEvent } from '../../contracts/apply-event.js';
import type { Principal } from '../../contracts/auth.js';
import type { EventsPage, MatchEvent } from '../../contracts/event.js';
import type { Game } from '../../contracts/games/index.js';
import type { CancelBody, CorrectionBody, EndBody, MatchSnapshot, MatchStatus, NewMatch, RescheduleBody, ScoreBody } from '../../contracts/match.js';
import type { Page } from '../../contracts/page.js';
import { Refusal } from '../../contracts/refusal.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { Pages, SeqCursor, TimeAndId, timeCursor } from '../../platform/database/cursor.js';
import { isDuplicate } from '../../platform/database/outage.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { refuseUnlessReferees, refuseUnlessRuns, refuseUnseen, type Standing } from '../tournaments/access.rules.js';
import { ParticipantsRepository } from '../tournaments/participants.repository.js';
import { TournamentsService } from '../tournaments/tournaments.service.js';
import { CommittedEvents } from './committed-events.js';
import { MatchLogRepository } from './match-log.repository.js';
import * as rules from './match.rules.js';
import { snapshotOf, type MatchRow } from './match.row.js';
import { MatchesRepository, type FoundMatch } from './matches.repository.js';

const allMatches = new Pages('matches', TimeAndId);
const matchesOf = (tournamentId: string) => new Pages(`matches of ${tournamentId}`, TimeAndId);
const eventsOf = (id: string) => new Pages(`events of ${id}`, SeqCursor);
const createdAndId = (row: MatchRow): [string, string] => [row.created_at.toISOString(), row.id];

type MayChange = (asker: Principal, standing: Standing, matchId: string) => void;
const asReferee: MayChange = refuseUnlessReferees;
const asOwner: MayChange = refuseUnlessRuns;

/** What happens to a match, and what else is written with it. */
interface Decision {
  event: MatchEvent;
  beside?: () => Promise<void>;
}

/** A write's asker, its match, and the seq it is conditional on. */
export interface Write {
  asker: Principal;
  matchId: string;
  ifMatch: number | undefined;
}

@Injectable()
export class MatchesService {
  constructor(
    private readonly matches: MatchesRepository,
    private readonly log: MatchLogRepository,
    private readonly tournaments: TournamentsService,
    private readonly participants: ParticipantsRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly committed: CommittedEvents,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async schedule(asker: Principal, tournamentId: string, given: NewMatch): Promise<MatchSnapshot> {
    const tournament = await this.tournaments.run(asker, tournamentId);
    const sides = [given.homeParticipantId, given.awayParticipantId];
    const known = new Set((await this.participants.named(tournamentId, sides)).map(({ id }) => id));
    const unknown = (['homeParticipantId', 'awayParticipantId'] as const).filter((side) => !known.has(given[side]));
    if (unknown.length > 0) throw new Refusal('UNKNOWN_REFERENCE', 'A match is between participants of its tournament', unknown.map((path) => ({ path, message: `unknown participant ${given[path]}` })));
    const id = given.id ?? randomUUID();
    try {
      await this.matches.insert({
        id, tournamentId, game: tournament.game, homeParticipantId: given.homeParticipantId, awayParticipantId: given.awayParticipantId,
        round: given.round ?? null, bestOf: given.bestOf ?? null, scheduledAt: given.scheduledAt ? new Date(given.scheduledAt) : null, createdAt: this.clock.now(),
      });
    } catch (error) {
      if (isDuplicate(error)) throw new Refusal('ALREADY_EXISTS', `There is already a match ${id}`);
      throw error;
    }
    return (await this.seen(asker, id)).match;
  }

  async get(asker: Principal | null, id: string): Promise<MatchSnapshot> {
    return (await this.seen(asker, id)).match;
  }

  async list(query: { status?: MatchStatus; game?: Game; limit: number; cursor?: string }): Promise<Page<MatchSnapshot>> {
    const rows = await this.matches.listPublic({ ...query, before: timeCursor(allMatches.after(query.cursor)) });
    return allMatches.page(rows, query.limit, snapshotOf, createdAndId);
  }

  async listOfTournament(asker: Principal | null, tournamentId: string, query: { status?: MatchStatus; limit: number; cursor?: string }): Promise<Page<MatchSnapshot>> {
    await this.tournaments.seen(asker, tournamentId);
    const pages = matchesOf(tournamentId);
    const rows = await this.matches.listOfTournament(tournamentId, { ...query, after: timeCursor(pages.after(query.cursor)) });
    return pages.page(rows, query.limit, snapshotOf, createdAndId);
  }

  /** The log after `after`; `cursor`, from the page before, goes on where that ended. */
  async events(asker: Principal | null, id: string, query: { after?: number; cursor?: string; limit: number }): Promise<EventsPage> {
    const { match } = await this.seen(asker, id);
    const pages = eventsOf(id);
    const after = pages.after(query.cursor)?.[0] ?? query.after ?? 0;
    if (after > match.seq) throw new Refusal('CURSOR_AHEAD', `The match is at seq ${String(match.seq)}; ${String(after)} lies ahead of it`, { seq: match.seq });
    const data = await this.log.after(id, after, query.limit);
    const last = data.at(-1)?.seq ?? after;
    return { data, nextCursor: last < match.seq ? pages.cursor([last]) : null, seq: Math.max(match.seq, last) };
  }

  start(write: Write): Promise<MatchSnapshot> {
    return this.change(write, asReferee, ({ match }, at) => ({ event: rules.start(match, at) }));
  }

  score(write: Write, body: ScoreBody): Promise<MatchSnapshot> {
    return this.change(write, asReferee, ({ match }, at) => ({ event: rules.score(match, body, at) }));
  }

  end(write: Write, body: EndBody): Promise<MatchSnapshot> {
    return this.change(write, asReferee, ({ match }, at) => ({ event: rules.end(match, body, at) }));
  }

  correct(write: Write, body: CorrectionBody): Promise<MatchSnapshot> {
    return this.change(write, asReferee, ({ match }, at) => ({ event: rules.correct(match, body, at) }));
  }

  cancel(write: Write, body: CancelBody): Promise<MatchSnapshot> {
    return this.change(write, asOwner, ({ match }, at) => ({ event: rules.cancel(match, body, at) }));
  }

  reschedule(write: Write, body: RescheduleBody): Promise<MatchSnapshot> {
    return this.change(write, asOwner, ({ match }, at) => ({ event: rules.reschedule(match, body, at) }));
  }

  /**
   * The one way a match changes, with all that is written beside it in one transaction. The match comes first: on a Citus
   * cluster every node has a copy of it, and once lines went to several nodes at once their transaction may not change one
   * any more (test/distribute.test.ts).
   */
  async change(write: Write, mayChange: MayChange, decide: (found: FoundMatch, at: string) => Decision | Promise<Decision>): Promise<MatchSnapshot> {
    const { asker, matchId, ifMatch } = write;
    return this.unitOfWork.run(async () => {
      const found = await this.seen(asker, matchId, { lock: true });
      mayChange(asker, found.standing, matchId);
      if (ifMatch !== undefined && ifMatch !== found.match.seq) {
        throw new Refusal('STALE', `The match is at seq ${String(found.match.seq)}, not ${String(ifMatch)}`, { current: found.match });
      }
      const { event, beside } = await decide(found, this.clock.now().toISOString());
      const match = applyEvent(found.match, event);
      await this.matches.record(match, event, asker.userId);
      await beside?.();
      this.unitOfWork.afterCommit(() => {
        this.committed.announce({ event, match });
      });
      return match;
    });
  }

  /** The match, or NOT_FOUND to whoever may not see it. */
  async seen(asker: Principal | null, id: string, options?: { lock: boolean }): Promise<FoundMatch> {
    const found = await this.matches.find(id, asker, options);
    refuseUnseen(asker, found && found.standing, `match ${id}`);
    if (!found) throw new Refusal('NOT_FOUND', `There is no match ${id}`);
    return found;
  }
}
