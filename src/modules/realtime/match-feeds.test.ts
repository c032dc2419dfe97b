import { describe, expect, it } from '@jest/globals';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { createLogger } from '../../platform/logging/logger.js';
import { createMetrics } from '../../platform/metrics/metrics.js';
import type { FeedRepository, TournamentState } from './feed.repository.js';
import { MatchFeeds } from './match-feeds.js';

const at = '2026-05-01T18:00:00.000Z';
const matchAt = (id: string, seq: number): MatchSnapshot => ({
  id, tournamentId: 'cup', seq, status: 'LIVE', home: { id: 'h', name: 'H' }, away: { id: 'a', name: 'A' }, homeScore: 0, awayScore: 0,
  winnerId: null, outcome: null, round: null, bestOf: null, scheduledAt: null, startedAt: at, endedAt: null, updatedAt: at,
});

/** Feeds on a repository of these parts. */
function feedsOn(repository: Partial<FeedRepository>) {
  const sent: MatchEvent[] = [];
  const feeds = new MatchFeeds({
    repository: repository as FeedRepository,
    send: (event) => sent.push(event),
    wentBack: () => undefined,
    keep: 500,
    logger: createLogger({ level: 'silent', instanceId: 'a' }),
    metrics: createMetrics('a'),
    now: Date.now,
  });
  return { feeds, sent };
}

describe('the feeds of a tournament', () => {
  it('hold a match that was scheduled, and watched by itself, while the tournament was first read', async () => {
    let answer: (found: Map<string, TournamentState>) => void = () => undefined;
    const { feeds } = feedsOn({
      matches: (ids) => Promise.resolve(new Map(ids.map((id) => [id, { match: matchAt(id, 1), visibility: 'public' }]))),
      tournaments: () => new Promise((resolve) => { answer = resolve; }),
    });
    const opening = feeds.openTournament('cup');
    await feeds.open('late');
    answer(new Map([['cup', { id: 'cup', visibility: 'public', matches: [matchAt('early', 3)] }]]));
    const opened = await opening;
    expect([...(opened?.feeds.keys() ?? [])]).toEqual(['early', 'late']);
    expect([...feeds.ofTournament('cup')].map(([id, feed]) => [id, feed.seq])).toEqual([['early', 3], ['late', 1]]);
  });
});
