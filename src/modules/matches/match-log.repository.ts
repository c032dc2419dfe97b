/** The match log: every event of every match, kept for ever. */
import { Injectable } from '@nestjs/common';
import { MatchEvent } from '../../contracts/event.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

@Injectable()
export class MatchLogRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Events after `after`, in order, at most `limit`. */
  async after(matchId: string, after: number, limit: number): Promise<MatchEvent[]> {
    const rows = await this.unitOfWork.db.$queryRaw<{ payload: unknown }[]>`
      select payload from match_events where match_id = ${matchId} and seq > ${after}::int order by seq limit ${limit}::int`;
    // What we wrote ourselves; parsing again would cost more than the read.
    return rows.map((row) => row.payload as MatchEvent);
  }
}
