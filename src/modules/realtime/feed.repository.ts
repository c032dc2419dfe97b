/** What the feeds read: states of many matches at once, and stretches of the log. */
import { Injectable } from '@nestjs/common';
import { Prisma } from '../../generated/prisma/client.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { snapshotOf, type MatchRow } from '../matches/match.row.js';

export interface MatchState {
  match: MatchSnapshot;
  visibility: string;
}

export interface TournamentState {
  id: string;
  visibility: string;
  matches: MatchSnapshot[];
}

/** A match whose `seq` in the database is not the one asked about; `known: false`: it was not asked about at all. */
export interface Moved {
  id: string;
  seq: number;
}

interface StateRow extends MatchRow {
  visibility: string;
}

/** More events than this in one look, and the rest comes in the next. */
const EVENTS_AT_ONCE = 5_000;

const states = (where: Prisma.Sql): Prisma.Sql => Prisma.sql`
  select m.id, m.tournament_id, m.seq, m.status, m.home_participant_id as home_id, home.name as home_name,
    m.away_participant_id as away_id, away.name as away_name, m.home_score, m.away_score, m.winner_id, m.outcome,
    m.round, m.best_of, m.scheduled_at, m.started_at, m.ended_at, m.updated_at, m.created_at, t.visibility
  from matches m
  join participants home on home.tournament_id = m.tournament_id and home.id = m.home_participant_id
  join participants away on away.tournament_id = m.tournament_id and away.id = m.away_participant_id
  join tournaments t on t.id = m.tournament_id
  where ${where}
  order by m.created_at, m.id`;

@Injectable()
export class FeedRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async matches(ids: readonly string[]): Promise<Map<string, MatchState>> {
    const rows = await this.unitOfWork.db.$queryRaw<StateRow[]>(states(Prisma.sql`m.id = any(${[...ids]}::text[])`));
    return new Map(rows.map((row) => [row.id, { match: snapshotOf(row), visibility: row.visibility }]));
  }

  async tournaments(ids: readonly string[]): Promise<Map<string, TournamentState>> {
    const asked = [...ids];
    // One statement for both, so that a match is never newer than the tournament that is said to be public.
    const rows = await this.unitOfWork.db.$queryRaw<{ id: string; visibility: string }[]>`select id, visibility from tournaments where id = any(${asked}::text[])`;
    const found = new Map<string, TournamentState>(rows.map((row) => [row.id, { ...row, matches: [] }]));
    for (const row of await this.unitOfWork.db.$queryRaw<StateRow[]>(states(Prisma.sql`m.tournament_id = any(${asked}::text[])`))) {
      found.get(row.tournament_id)?.matches.push(snapshotOf(row));
    }
    return found;
  }

  /**
   * Which of the known matches have moved on, and which matches of the tournaments are not known yet. `server`: another
   * text once the server was restarted, or is another one; of one statement, so that it is who answered the rest.
   */
  async moved(known: ReadonlyMap<string, number>, tournamentIds: readonly string[]): Promise<{ server: string; moved: Moved[] }> {
    const ids = [...known.keys()];
    const rows = await this.unitOfWork.db.$queryRaw<{ server: string; id: string | null; seq: number }[]>`
      with known as (select id, seq from unnest(${ids}::text[], ${[...known.values()]}::int[]) as k(id, seq)),
      moved as (
        select m.id, m.seq from known join matches m on m.id = known.id where m.seq > known.seq
        union all
        select m.id, m.seq from matches m
        where m.tournament_id = any(${[...tournamentIds]}::text[]) and not exists (select 1 from known where known.id = m.id)
      )
      select extract(epoch from pg_postmaster_start_time())::text || ' ' || d.oid::text as server, moved.id, moved.seq
      from pg_database d left join moved on true where d.datname = current_database()`;
    return { server: rows[0]?.server ?? '', moved: rows.flatMap(({ id, seq }) => (id === null ? [] : [{ id, seq }])) };
  }

  /** Of these events, each by its match, number and time, the matches whose log does not have it. */
  async missing(sent: readonly { id: string; seq: number; at: string }[]): Promise<string[]> {
    const [ids, seqs, ats] = [sent.map(({ id }) => id), sent.map(({ seq }) => seq), sent.map(({ at }) => at)];
    const rows = await this.unitOfWork.db.$queryRaw<{ id: string }[]>`
      select k.id from unnest(${ids}::text[], ${seqs}::int[], ${ats}::timestamptz[]) as k(id, seq, at)
      where not exists (select 1 from match_events e where e.match_id = k.id and e.seq = k.seq and e.at = k.at)`;
    return rows.map(({ id }) => id);
  }

  /** Which of these tournaments are private. */
  async privateAmong(ids: readonly string[]): Promise<string[]> {
    const rows = await this.unitOfWork.db.$queryRaw<{ id: string }[]>`select id from tournaments where id = any(${[...ids]}::text[]) and visibility <> 'public'`;
    return rows.map((row) => row.id);
  }

  /** Events of many matches after each one's cursor, in order within a match. */
  async eventsAfter(cursors: ReadonlyMap<string, number>): Promise<MatchEvent[]> {
    const rows = await this.unitOfWork.db.$queryRaw<{ payload: unknown }[]>`
      select e.payload
      from unnest(${[...cursors.keys()]}::text[], ${[...cursors.values()]}::int[]) as k(id, seq)
      join match_events e on e.match_id = k.id and e.seq > k.seq
      order by e.match_id, e.seq
      limit ${EVENTS_AT_ONCE}::int`;
    return rows.map((row) => row.payload as MatchEvent);
  }

  /** Of each match the last `limit` events up to a `seq`, in order: history for those who come back. */
  async histories(upTo: ReadonlyMap<string, number>, limit: number): Promise<Map<string, MatchEvent[]>> {
    const rows = await this.unitOfWork.db.$queryRaw<{ payload: unknown }[]>`
      select e.payload
      from unnest(${[...upTo.keys()]}::text[], ${[...upTo.values()]}::int[]) as k(id, seq)
      join match_events e on e.match_id = k.id and e.seq > k.seq - ${limit}::int and e.seq <= k.seq
      order by e.match_id, e.seq`;
    const histories = new Map<string, MatchEvent[]>();
    for (const { payload } of rows) {
      const event = payload as MatchEvent;
      const history = histories.get(event.matchId);
      if (history) history.push(event);
      else histories.set(event.matchId, [event]);
    }
    return histories;
  }
}
