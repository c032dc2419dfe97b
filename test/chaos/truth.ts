/** What PostgreSQL itself says, asked over a connection of our own. */
import pg from 'pg';
import type { MatchEvent } from '../../src/contracts/event.js';
import type { MatchSnapshot } from '../../src/contracts/match.js';
import { snapshotOf, type MatchRow } from '../../src/modules/matches/match.row.js';

export interface Truth {
  logs: Record<string, MatchEvent[]>;
  rows: MatchSnapshot[];
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'chaos' });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function readTruth(url: string): Promise<Truth> {
  const events = await ask<{ match_id: string; seq: number; payload: MatchEvent }>(url, 'select match_id, seq, payload from match_events order by match_id, seq');
  const rows = await ask<MatchRow>(
    url,
    `select m.*, m.home_participant_id as home_id, home.name as home_name, m.away_participant_id as away_id, away.name as away_name
     from matches m
     join participants home on home.tournament_id = m.tournament_id and home.id = m.home_participant_id
     join participants away on away.tournament_id = m.tournament_id and away.id = m.away_participant_id`,
  );
  const logs: Record<string, MatchEvent[]> = {};
  for (const { match_id: id, payload } of events) (logs[id] ??= []).push(payload);
  return { logs, rows: rows.map(snapshotOf) };
}

/** Connections of the instances, by what they do. */
export async function connectionStates(url: string): Promise<Map<string, number>> {
  const rows = await ask<{ state: string; count: string }>(url, `select coalesce(state, 'none') as state, count(*) from pg_stat_activity where application_name = 'grandstand' group by 1`);
  return new Map(rows.map(({ state, count }) => [state, Number(count)]));
}
