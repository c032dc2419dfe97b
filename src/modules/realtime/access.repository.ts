/** What ties people to tournaments, of many at once: for the looks at who may stay. */
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Standing } from '../tournaments/access.rules.js';

/** By tournament, then by user; who is not in it was not asked about, or the tournament does not exist. */
export type Standings = ReadonlyMap<string, ReadonlyMap<string, Standing>>;

interface StandingRow {
  tournament_id: string;
  user_id: string;
  visibility: string;
  owner_id: string;
  role: string | null;
  match_ids: string[] | null;
  participates: boolean;
}

@Injectable()
export class AccessRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** One query, however many are asked about: one a person was 249 a second for 1,000 who sat still (test/evictions.test.ts). */
  async of(asked: ReadonlyMap<string, ReadonlySet<string>>): Promise<Standings> {
    const pairs = [...asked].flatMap(([tournamentId, userIds]) => [...userIds].map((userId) => [tournamentId, userId] as const));
    const tournamentIds = pairs.map(([tournamentId]) => tournamentId);
    const userIds = pairs.map(([, userId]) => userId);
    const rows = await this.unitOfWork.db.$queryRaw<StandingRow[]>`
      with asked as (select tournament_id, user_id from unnest(${tournamentIds}::text[], ${userIds}::text[]) as a(tournament_id, user_id))
      select asked.tournament_id, asked.user_id, t.visibility, t.owner_id, s.role,
        case when s.all_matches then null else s.match_ids end as match_ids, p.user_id is not null as participates
      from asked
      join tournaments t on t.id = asked.tournament_id
      left join staff s on s.tournament_id = asked.tournament_id and s.user_id = asked.user_id
      left join (
        select distinct tournament_id, user_id from participants where (tournament_id, user_id) in (select tournament_id, user_id from asked)
      ) p on p.tournament_id = asked.tournament_id and p.user_id = asked.user_id`;
    const found = new Map<string, Map<string, Standing>>();
    for (const row of rows) {
      const ofTournament = found.get(row.tournament_id) ?? new Map<string, Standing>();
      found.set(row.tournament_id, ofTournament);
      ofTournament.set(row.user_id, {
        visibility: row.visibility,
        ownerId: row.owner_id,
        staff: row.role === null ? null : { role: row.role, matchIds: row.match_ids },
        participates: row.participates,
      });
    }
    return found;
  }
}
