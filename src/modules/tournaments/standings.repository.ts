/**
 * The table of a tournament, from its completed matches: 3 points a win, 1 a draw. A forfeit counts as won and lost, a
 * double forfeit as lost by both; their scores count as they stand. Guarded by test/standings.test.ts.
 */
import { Injectable } from '@nestjs/common';
import type { Standing } from '../../contracts/tournament.js';
import { Prisma } from '../../generated/prisma/client.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';

interface Row {
  id: string;
  name: string;
  played: number;
  wins: number;
  draws: number;
  scored: number;
  conceded: number;
}

/**
 * Names in JavaScript's order, which is UTF-16's: what lies beyond U+FFFF comes before U+E000. So those from U+E000 to
 * U+FFFF get a U+10FFFF in front, and U+10FFFF itself a lower one behind. Names of ASCII alone are their own key.
 */
const nameKey = Prisma.sql`
  (case when octet_length(p.name) = char_length(p.name) then p.name
   else regexp_replace(replace(p.name, chr(1114111), chr(1114111) || chr(1)), ${'([\\uE000-\\uFFFF])'}, chr(1114111) || ${'\\1'}, 'g') end) collate "C"`;

@Injectable()
export class StandingsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** The rows that come after the first `after`; `limit + 1` of them. */
  async page(tournamentId: string, { limit, after }: { limit: number; after: number }): Promise<Standing[]> {
    const rows = await this.unitOfWork.db.$queryRaw<Row[]>`
      with results as (
        select s.id, s.scored, s.conceded, coalesce(m.winner_id = s.id, false) as won, m.winner_id is null and m.outcome is distinct from 'double_forfeit' as drawn
        from matches m
        cross join lateral (values (m.home_participant_id, m.home_score, m.away_score), (m.away_participant_id, m.away_score, m.home_score)) as s(id, scored, conceded)
        where m.tournament_id = ${tournamentId} and m.status = 'COMPLETED'
      ), played as (
        select id, count(*) as played, count(*) filter (where won) as wins, count(*) filter (where drawn) as draws, sum(scored) as scored, sum(conceded) as conceded
        from results group by id
      )
      select p.id, p.name, coalesce(r.played, 0)::int as played, coalesce(r.wins, 0)::int as wins, coalesce(r.draws, 0)::int as draws,
        coalesce(r.scored, 0)::float8 as scored, coalesce(r.conceded, 0)::float8 as conceded
      from participants p left join played r on r.id = p.id
      where p.tournament_id = ${tournamentId}
      order by coalesce(3 * r.wins + r.draws, 0) desc, coalesce(r.scored - r.conceded, 0) desc, coalesce(r.scored, 0) desc, ${nameKey}, p.id collate "C"
      limit ${limit + 1}::int offset ${after}::int`;
    return rows.map(({ id, name, played, wins, draws, scored, conceded }, index) => ({
      rank: after + index + 1,
      participant: { id, name },
      played,
      wins,
      draws,
      losses: played - wins - draws,
      scoreFor: scored,
      scoreAgainst: conceded,
      points: 3 * wins + draws,
    }));
  }
}
