import { Injectable } from '@nestjs/common';
import { isAdmin, type Principal } from '../../contracts/auth.js';
import type { Game } from '../../contracts/games/index.js';
import type { Tournament } from '../../contracts/tournament.js';
import type { TimeCursor } from '../../platform/database/cursor.js';
import type { Prisma } from '../../platform/database/prisma.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Standing } from './access.rules.js';

export interface TournamentRow {
  id: string;
  name: string;
  game: string;
  visibility: string;
  ownerId: string;
  startsAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const tournamentView = (row: TournamentRow): Tournament => ({
  id: row.id,
  name: row.name,
  // Checked when it was written; a game is never taken off the list while it has tournaments.
  game: row.game as Game,
  visibility: row.visibility === 'private' ? 'private' : 'public',
  ownerId: row.ownerId,
  startsAt: row.startsAt?.toISOString() ?? null,
  version: row.version,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** Nobody's id: what an anonymous asker is compared as. Not a valid id, so it matches no row. */
const NOBODY = '';

@Injectable()
export class TournamentsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async insert(row: TournamentRow): Promise<void> {
    await this.unitOfWork.db.tournament.create({ data: row });
  }

  /** The tournament with what ties the asker to it. `lock`: held against changes until the transaction ends. */
  async find(id: string, asker: Principal | null, options?: { lock: boolean }): Promise<(TournamentRow & { standing: Standing }) | null> {
    if (options?.lock) await this.unitOfWork.db.$queryRaw`select 1 from tournaments where id = ${id} for update`;
    const userId = asker?.userId ?? NOBODY;
    const row = await this.unitOfWork.db.tournament.findUnique({
      where: { id },
      include: { staff: { where: { userId } }, participants: { where: { userId }, take: 1, select: { id: true } } },
    });
    if (!row) return null;
    const { staff, participants, ...tournament } = row;
    const own = staff[0];
    return {
      ...tournament,
      standing: {
        visibility: row.visibility,
        ownerId: row.ownerId,
        staff: own ? { role: own.role, matchIds: own.allMatches ? null : own.matchIds } : null,
        participates: participants.length > 0,
      },
    };
  }

  /** Tournaments the asker may see, newest first; `limit + 1` of them. */
  async list(options: { asker: Principal | null; game?: Game; limit: number; before: TimeCursor | null }): Promise<TournamentRow[]> {
    const { asker, game, limit, before } = options;
    const userId = asker?.userId ?? NOBODY;
    const seen: Prisma.TournamentWhereInput =
      isAdmin(asker)
        ? {}
        : { OR: [{ visibility: 'public' }, { ownerId: userId }, { staff: { some: { userId } } }, { participants: { some: { userId } } }] };
    const older: Prisma.TournamentWhereInput = before ? { OR: [{ createdAt: { lt: before.at } }, { createdAt: before.at, id: { lt: before.id } }] } : {};
    return this.unitOfWork.db.tournament.findMany({ where: { AND: [seen, older, game ? { game } : {}] }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: limit + 1 });
  }

  async change(id: string, change: { name?: string; visibility?: string; startsAt?: Date | null }, at: Date): Promise<TournamentRow> {
    return this.unitOfWork.db.tournament.update({ where: { id }, data: { ...change, updatedAt: at, version: { increment: 1 } } });
  }
}
