import { Injectable } from '@nestjs/common';
import type { Participant, Staff } from '../../contracts/tournament.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

export interface ParticipantRow {
  tournamentId: string;
  id: string;
  name: string;
  userId: string | null;
  seed: number | null;
  createdAt: Date;
}

export interface StaffRow {
  tournamentId: string;
  userId: string;
  role: string;
  matchIds: string[];
  allMatches: boolean;
  createdAt: Date;
}

export const participantView = (row: ParticipantRow): Participant => ({ ...row, createdAt: row.createdAt.toISOString() });

export const staffView = (row: StaffRow): Staff => ({
  tournamentId: row.tournamentId,
  userId: row.userId,
  role: row.role === 'owner' ? 'owner' : 'referee',
  matchIds: row.allMatches ? null : row.matchIds,
  createdAt: row.createdAt.toISOString(),
});

/** Who takes part in a tournament and who runs it. */
@Injectable()
export class ParticipantsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async insert(row: ParticipantRow): Promise<void> {
    await this.unitOfWork.db.participant.create({ data: row });
  }

  async list(tournamentId: string, page: { limit: number; after?: string }): Promise<ParticipantRow[]> {
    return this.unitOfWork.db.participant.findMany({ where: { tournamentId, ...(page.after === undefined ? {} : { id: { gt: page.after } }) }, orderBy: { id: 'asc' }, take: page.limit + 1 });
  }

  async named(tournamentId: string, ids: readonly string[]): Promise<ParticipantRow[]> {
    return this.unitOfWork.db.participant.findMany({ where: { tournamentId, id: { in: [...ids] } } });
  }

  /** Naming somebody again replaces what they were. */
  async saveStaff(row: StaffRow): Promise<StaffRow> {
    const { tournamentId, userId, ...rest } = row;
    return this.unitOfWork.db.staff.upsert({
      where: { tournamentId_userId: { tournamentId, userId } },
      create: row,
      update: { role: rest.role, matchIds: rest.matchIds, allMatches: rest.allMatches },
    });
  }

  async listStaff(tournamentId: string, page: { limit: number; after?: string }): Promise<StaffRow[]> {
    return this.unitOfWork.db.staff.findMany({ where: { tournamentId, ...(page.after === undefined ? {} : { userId: { gt: page.after } }) }, orderBy: { userId: 'asc' }, take: page.limit + 1 });
  }

  /** Which of these matches belong to the tournament. */
  async matchesAmong(tournamentId: string, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.unitOfWork.db.match.findMany({ where: { tournamentId, id: { in: [...ids] } }, select: { id: true } });
    return new Set(rows.map((row) => row.id));
  }
}
