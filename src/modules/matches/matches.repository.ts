import { Injectable } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { Game } from '../../contracts/games/index.js';
import type { MatchSnapshot, MatchStatus, Round } from '../../contracts/match.js';
import type { TimeCursor } from '../../platform/database/cursor.js';
import { Prisma } from '../../generated/prisma/client.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Standing } from '../tournaments/access.rules.js';
import { snapshotOf, type MatchRow } from './match.row.js';

export interface NewMatchRow {
  id: string;
  tournamentId: string;
  game: string;
  homeParticipantId: string;
  awayParticipantId: string;
  round: Round | null;
  bestOf: number | null;
  scheduledAt: Date | null;
  createdAt: Date;
}

/** A match with what decides who may do what with it. */
export interface FoundMatch {
  match: MatchSnapshot;
  game: Game;
  standing: Standing;
}

const columns = Prisma.sql`
  m.id, m.tournament_id, m.seq, m.status, m.home_participant_id as home_id, home.name as home_name,
  m.away_participant_id as away_id, away.name as away_name, m.home_score, m.away_score, m.winner_id, m.outcome,
  m.round, m.best_of, m.scheduled_at, m.started_at, m.ended_at, m.updated_at, m.created_at`;
const sides = Prisma.sql`
  join participants home on home.tournament_id = m.tournament_id and home.id = m.home_participant_id
  join participants away on away.tournament_id = m.tournament_id and away.id = m.away_participant_id`;

export interface PublicList {
  status?: MatchStatus;
  game?: Game;
  limit: number;
  before: TimeCursor | null;
}

/**
 * The page is picked first, along an index, and only then named: joined and sorted together, a page of a million matches
 * took 823 ms, and takes one like this. `offset 0` keeps the two apart. Guarded by test/indexes.test.ts.
 */
export const listPublicSql = ({ status, game, limit, before }: PublicList): Prisma.Sql => Prisma.sql`
  select ${columns} from (
    select * from matches m
    where exists (select 1 from tournaments t where t.id = m.tournament_id and t.visibility = 'public')
      ${status ? Prisma.sql`and m.status = ${status}` : Prisma.empty}
      ${game ? Prisma.sql`and m.game = ${game}` : Prisma.empty}
      ${before ? Prisma.sql`and (m.created_at, m.id) < (${before.at}::timestamptz, ${before.id})` : Prisma.empty}
    order by m.created_at desc, m.id desc limit ${limit + 1}::int offset 0
  ) m ${sides}
  order by m.created_at desc, m.id desc`;

interface FoundRow extends MatchRow {
  game: string;
  visibility: string;
  owner_id: string;
  staff_role: string | null;
  staff_matches: string[] | null;
  participates: boolean;
}

@Injectable()
export class MatchesRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async insert(row: NewMatchRow): Promise<void> {
    const { round, ...rest } = row;
    await this.unitOfWork.db.match.create({ data: { ...rest, round: round ?? Prisma.DbNull, updatedAt: row.createdAt } });
  }

  /** One match and what ties the asker to it. `lock`: nobody else changes it until the transaction ends. */
  async find(id: string, asker: Principal | null, options?: { lock: boolean }): Promise<FoundMatch | null> {
    const userId = asker?.userId ?? '';
    const rows = await this.unitOfWork.db.$queryRaw<FoundRow[]>`
      select ${columns}, m.game, t.visibility, t.owner_id,
        s.role as staff_role, case when s.all_matches then null else s.match_ids end as staff_matches,
        t.visibility <> 'public' and exists (select 1 from participants p where p.tournament_id = m.tournament_id and p.user_id = ${userId}) as participates
      from matches m ${sides}
      join tournaments t on t.id = m.tournament_id
      left join staff s on s.tournament_id = m.tournament_id and s.user_id = ${userId}
      where m.id = ${id}
      ${options?.lock ? Prisma.sql`for update of m` : Prisma.empty}`;
    const row = rows[0];
    if (!row) return null;
    return {
      match: snapshotOf(row),
      game: row.game as Game,
      standing: {
        visibility: row.visibility,
        ownerId: row.owner_id,
        staff: row.staff_role === null ? null : { role: row.staff_role, matchIds: row.staff_matches },
        participates: row.participates,
      },
    };
  }

  /** The new state and the event that made it, in one statement. The match is locked by this transaction. */
  async record(match: MatchSnapshot, event: MatchEvent, actorId: string): Promise<void> {
    const at = new Date(event.at);
    await this.unitOfWork.db.$executeRaw`
      with changed as (
        update matches set
          seq = ${match.seq}::int, status = ${match.status}, home_score = ${match.homeScore}::int, away_score = ${match.awayScore}::int,
          winner_id = ${match.winnerId}, outcome = ${match.outcome}, scheduled_at = ${dateOf(match.scheduledAt)}::timestamptz,
          started_at = ${dateOf(match.startedAt)}::timestamptz, ended_at = ${dateOf(match.endedAt)}::timestamptz, updated_at = ${at}::timestamptz
        where id = ${match.id} and seq = ${match.seq - 1}::int
        returning id
      )
      insert into match_events (match_id, seq, tournament_id, type, payload, actor_id, at)
      select id, ${event.seq}::int, ${event.tournamentId}, ${event.type}, ${JSON.stringify(event)}::jsonb, ${actorId}, ${at}::timestamptz from changed`;
  }

  /** Matches of one tournament, oldest first; `limit + 1` of them. */
  async listOfTournament(tournamentId: string, options: { status?: MatchStatus; limit: number; after: TimeCursor | null }): Promise<MatchRow[]> {
    const { status, limit, after } = options;
    return this.unitOfWork.db.$queryRaw<MatchRow[]>`
      select ${columns} from matches m ${sides}
      where m.tournament_id = ${tournamentId}
        ${status ? Prisma.sql`and m.status = ${status}` : Prisma.empty}
        ${after ? Prisma.sql`and (m.created_at, m.id) > (${after.at}::timestamptz, ${after.id})` : Prisma.empty}
      order by m.created_at, m.id limit ${limit + 1}::int`;
  }

  /** Matches of public tournaments, newest first; `limit + 1` of them. */
  async listPublic(options: PublicList): Promise<MatchRow[]> {
    return this.unitOfWork.db.$queryRaw<MatchRow[]>(listPublicSql(options));
  }
}

const dateOf = (instant: string | null): Date | null => (instant === null ? null : new Date(instant));
