import { Injectable } from '@nestjs/common';
import type { Game } from '../../contracts/games/index.js';
import type { StatLine } from '../../contracts/stats.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

@Injectable()
export class StatLinesRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Writes the lines, each in place of what its player had in this match; they count from now on, so that only what went is journaled. In key order, so that two writers wait instead of deadlocking. */
  async save(match: { id: string; tournamentId: string; game: Game }, lines: readonly StatLine[], at: Date): Promise<void> {
    await this.unitOfWork.db.$executeRaw`
      insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats, created_at, updated_at)
      select line.user_id, ${match.game}, ${match.id}, ${match.tournamentId}, line.participant_id, line.stats, ${at}::timestamptz, ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(lines.map((line) => ({ user_id: line.userId, participant_id: line.participantId, stats: line.stats })))}::jsonb)
        as line (user_id text, participant_id text, stats jsonb)
      order by line.user_id
      on conflict (user_id, game, match_id) do update
        set participant_id = excluded.participant_id, stats = excluded.stats, updated_at = excluded.updated_at, xid = excluded.xid`;
  }

  /** Which of these users there are. */
  async usersAmong(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.unitOfWork.db.$queryRaw<{ id: string }[]>`select id from users where id = any(${[...ids]}::text[])`;
    return new Set(rows.map((row) => row.id));
  }
}
