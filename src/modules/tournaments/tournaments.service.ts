import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import type { Game } from '../../contracts/games/index.js';
import type { Page } from '../../contracts/page.js';
import { Refusal } from '../../contracts/refusal.js';
import type { NewParticipant, NewStaff, NewTournament, Participant, Staff, Standing, Tournament, TournamentChange } from '../../contracts/tournament.js';
import { CLOCK, type Clock } from '../../platform/clock/clock.js';
import { IdCursor, Pages, SeqCursor, TimeAndId, timeCursor } from '../../platform/database/cursor.js';
import { isDuplicate, isMissingReference } from '../../platform/database/outage.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { refuseUnlessRuns, refuseUnseen } from './access.rules.js';
import { ParticipantsRepository, participantView, staffView } from './participants.repository.js';
import { Tables } from './tables.js';
import { TournamentsRepository, tournamentView, type TournamentRow } from './tournaments.repository.js';

const asDate = (instant: string | null | undefined): Date | null | undefined => (instant == null ? instant : new Date(instant));

@Injectable()
export class TournamentsService {
  private readonly listeners = new Set<(changed: Tournament) => void>();

  constructor(
    private readonly tournaments: TournamentsRepository,
    private readonly participants: ParticipantsRepository,
    private readonly tables: Tables,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Told of each tournament that was changed, once that is committed; returns how to stop. */
  listen(listener: (changed: Tournament) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async create(owner: Principal, given: NewTournament): Promise<Tournament> {
    const now = this.clock.now();
    const row: TournamentRow = {
      id: given.id ?? randomUUID(), name: given.name, game: given.game, visibility: given.visibility, ownerId: owner.userId,
      startsAt: asDate(given.startsAt) ?? null, version: 1, createdAt: now, updatedAt: now,
    };
    await refusingDuplicates(() => this.tournaments.insert(row), `There is already a tournament ${row.id}`);
    return tournamentView(row);
  }

  async list(asker: Principal | null, query: { game?: Game; limit: number; cursor?: string }): Promise<Page<Tournament>> {
    const rows = await this.tournaments.list({ asker, game: query.game, limit: query.limit, before: timeCursor(tournaments.after(query.cursor)) });
    return tournaments.page(rows, query.limit, tournamentView, (row) => [row.createdAt.toISOString(), row.id]);
  }

  async get(asker: Principal | null, id: string): Promise<Tournament> {
    return tournamentView(await this.seen(asker, id));
  }

  async change(asker: Principal, id: string, change: TournamentChange, ifMatch: number | undefined): Promise<Tournament> {
    return this.unitOfWork.run(async () => {
      const found = await this.run(asker, id, { lock: true });
      if (ifMatch !== undefined && ifMatch !== found.version) throw new Refusal('STALE', `The tournament is at version ${String(found.version)}`, { current: tournamentView(found) });
      const { startsAt, ...rest } = change;
      const wanted = { ...rest, ...(startsAt === undefined ? {} : { startsAt: asDate(startsAt) ?? null }) };
      if (isSame(found, wanted)) return tournamentView(found);
      const changed = tournamentView(await this.tournaments.change(id, wanted, this.clock.now()));
      this.unitOfWork.afterCommit(() => {
        for (const listener of this.listeners) listener(changed);
      });
      return changed;
    });
  }

  async enter(asker: Principal, tournamentId: string, given: NewParticipant): Promise<Participant> {
    await this.run(asker, tournamentId);
    const row = { tournamentId, id: given.id ?? randomUUID(), name: given.name, userId: given.userId ?? null, seed: given.seed ?? null, createdAt: this.clock.now() };
    try {
      await refusingDuplicates(() => this.participants.insert(row), `This tournament already has a participant ${row.id}`);
    } catch (error) {
      if (isMissingReference(error)) throw new Refusal('UNKNOWN_REFERENCE', `There is no user ${String(row.userId)}`, [{ path: 'userId', message: 'unknown user' }]);
      throw error;
    }
    return participantView(row);
  }

  async listParticipants(asker: Principal | null, id: string, query: { limit: number; cursor?: string }): Promise<Page<Participant>> {
    await this.seen(asker, id);
    const pages = participantsOf(id);
    const rows = await this.participants.list(id, { limit: query.limit, after: pages.after(query.cursor)?.[0] });
    return pages.page(rows, query.limit, participantView, (row) => [row.id]);
  }

  async nameStaff(asker: Principal, tournamentId: string, given: NewStaff): Promise<Staff> {
    await this.run(asker, tournamentId);
    const matchIds = given.matchIds ?? null;
    if (matchIds) {
      const known = await this.participants.matchesAmong(tournamentId, matchIds);
      const unknown = matchIds.flatMap((id, index) => (known.has(id) ? [] : [{ path: `matchIds.${String(index)}`, message: `unknown match ${id}` }]));
      if (unknown.length > 0) throw new Refusal('UNKNOWN_REFERENCE', 'A referee is named for matches of this tournament', unknown);
    }
    const row = { tournamentId, userId: given.userId, role: given.role, matchIds: matchIds ?? [], allMatches: matchIds === null, createdAt: this.clock.now() };
    return staffView(await this.participants.saveStaff(row));
  }

  async listStaff(asker: Principal, id: string, query: { limit: number; cursor?: string }): Promise<Page<Staff>> {
    await this.run(asker, id);
    const pages = staffOf(id);
    const rows = await this.participants.listStaff(id, { limit: query.limit, after: pages.after(query.cursor)?.[0] });
    return pages.page(rows, query.limit, staffView, (row) => [row.userId]);
  }

  async standings(asker: Principal | null, id: string, query: { limit: number; cursor?: string }): Promise<Page<Standing>> {
    await this.seen(asker, id);
    const pages = standingsOf(id);
    const rows = await this.tables.page(id, { limit: query.limit, after: pages.after(query.cursor)?.[0] ?? 0 });
    return pages.page(rows, query.limit, (row) => row, (row) => [row.rank]);
  }

  /** The tournament, or NOT_FOUND to whoever may not see it. */
  async seen(asker: Principal | null, id: string, options?: { lock: boolean }) {
    const found = await this.tournaments.find(id, asker, options);
    refuseUnseen(asker, found && found.standing, `tournament ${id}`);
    if (!found) throw new Refusal('NOT_FOUND', `There is no tournament ${id}`);
    return found;
  }

  /** The tournament, for those who run it. */
  async run(asker: Principal, id: string, options?: { lock: boolean }) {
    const found = await this.seen(asker, id, options);
    refuseUnlessRuns(asker, found.standing);
    return found;
  }
}

/** Whether all that is wanted is so already: then nothing has changed, and who holds the version is not stale. */
function isSame(found: TournamentRow, { name = found.name, visibility = found.visibility, startsAt = found.startsAt }: Partial<TournamentRow>): boolean {
  return name === found.name && visibility === found.visibility && startsAt?.getTime() === found.startsAt?.getTime();
}

const tournaments = new Pages('tournaments', TimeAndId);
const participantsOf = (id: string) => new Pages(`participants of ${id}`, IdCursor);
const staffOf = (id: string) => new Pages(`staff of ${id}`, IdCursor);
const standingsOf = (id: string) => new Pages(`standings of ${id}`, SeqCursor);

async function refusingDuplicates<T>(insert: () => Promise<T>, message: string): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    if (isDuplicate(error)) throw new Refusal('ALREADY_EXISTS', message);
    throw error;
  }
}
