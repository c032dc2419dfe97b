/** Feeds that lag behind the log, on a real one: they catch up in a few reads, however many matches moved. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { MatchEvent } from '../src/contracts/event.js';
import { FeedRepository } from '../src/modules/realtime/feed.repository.js';
import { MatchFeeds } from '../src/modules/realtime/match-feeds.js';
import { openDatabase, type Database } from '../src/platform/database/prisma.js';
import { UnitOfWork } from '../src/platform/database/unit-of-work.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { createMetrics } from '../src/platform/metrics/metrics.js';
import { createDatabase, type TestDatabase } from './arena/database.js';

const MATCHES = 60;
/** One a match were sixty. */
const READS_MAX = 4;

/** The repository as it is; every read of it is counted. */
class CountingRepository extends FeedRepository {
  reads = 0;
  override eventsAfter(...asked: Parameters<FeedRepository['eventsAfter']>) {
    this.reads += 1;
    return super.eventsAfter(...asked);
  }
  override histories(...asked: Parameters<FeedRepository['histories']>) {
    this.reads += 1;
    return super.histories(...asked);
  }
}

describe('feeds behind the log', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let client: pg.Client;
  let cup = '';
  let cups = 0;
  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = openDatabase({ url: testDatabase.url, max: 2, onError: () => undefined });
    client = new pg.Client(testDatabase.url);
    await client.connect();
  });
  beforeEach(async () => {
    cup = `cup${String((cups += 1))}`;
    await client.query(`insert into tournaments (id, name, game, visibility, owner_id) values ($1, 'c', 'CSGO', 'public', 'olga')`, [cup]);
    await client.query(`insert into participants (tournament_id, id, name) values ($1, 'h', 'H'), ($1, 'a', 'A')`, [cup]);
    await client.query(
      `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) select $1 || '-' || n, $1, 'CSGO', 'h', 'a', 'LIVE' from generate_series(1, $2::int) n`,
      [cup, MATCHES],
    );
  });
  afterAll(async () => {
    await client.end();
    await database.close();
    await testDatabase.drop();
  });

  /** Each match of the cup moves on by so many scores, in the log and out of hearing. */
  const move = async (scores: number): Promise<void> => {
    await client.query(
      `with moved as (update matches set seq = seq + $2::int, home_score = seq + $2::int, updated_at = now() where tournament_id = $1 returning id, seq)
       insert into match_events (match_id, seq, tournament_id, type, actor_id, at, payload)
       select m.id, s, $1, 'score_update', 'olga', now(),
         jsonb_build_object('type', 'score_update', 'matchId', m.id, 'tournamentId', $1::text, 'seq', s, 'at', '2026-05-01T18:00:00.000Z', 'homeScore', s, 'awayScore', 0)
       from moved m, generate_series(m.seq - $2::int + 1, m.seq) s`,
      [cup, scores],
    );
  };
  const openFeeds = () => {
    const sent: MatchEvent[] = [];
    const repository = new CountingRepository(new UnitOfWork(database));
    const feeds = new MatchFeeds({ repository, send: (event) => sent.push(event), wentBack: () => undefined, keep: 500, logger: createLogger({ level: 'silent', instanceId: 'a' }), metrics: createMetrics('a'), now: Date.now });
    return { feeds, repository, sent };
  };
  const seqsOf = (events: readonly MatchEvent[], id: string): number[] => events.filter(({ matchId }) => matchId === id).map(({ seq }) => seq);
  const ids = (): string[] => Array.from({ length: MATCHES }, (_, index) => `${cup}-${String(index + 1)}`);

  it('catch up together before a join is answered', async () => {
    const { feeds, repository, sent } = openFeeds();
    await feeds.openTournament(cup);
    await move(3);
    const opened = await feeds.openTournament(cup);
    expect(ids().map((id) => opened?.feeds.get(id)?.snapshot)).toEqual(ids().map((id) => expect.objectContaining({ id, seq: 3, homeScore: 3 })));
    expect(ids().map((id) => seqsOf(sent, id))).toEqual(ids().map(() => [1, 2, 3]));
    expect(repository.reads).toBeLessThanOrEqual(READS_MAX);
  });

  it('get what those who come back have missed together', async () => {
    const { feeds, repository } = openFeeds();
    await move(5);
    await feeds.openTournament(cup);
    await Promise.all(ids().map((id) => feeds.remember(id)));
    expect(ids().map((id) => feeds.get(id)?.after(2)?.map(({ seq }) => seq))).toEqual(ids().map(() => [3, 4, 5]));
    expect(repository.reads).toBeLessThanOrEqual(READS_MAX);
  });
});
