/** Rankings: who may ask for what, which answers are cached, and what the writes drop. */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { TournamentAnalytics } from '../../contracts/analytics.js';
import type { Principal } from '../../contracts/auth.js';
import { Game, gameNamed, NUMERIC_STATS } from '../../contracts/games/index.js';
import { Refusal } from '../../contracts/refusal.js';
import { earlier, type Read, type Replayed } from '../../platform/database/replica.js';
import { CommittedEvents } from '../matches/committed-events.js';
import { TournamentsService } from '../tournaments/tournaments.service.js';
import { AnalyticsRepository, foundLineOf, type LineSearch } from './analytics.repository.js';
import { playerPageOf } from './player-page.view.js';
import type { LeaderboardFilter } from './queries/leaderboard.js';
import type { RankingFilter } from './queries/ranked-stats.js';
import type { TopPlayersFilter } from './queries/top-players.js';
import { RankingCache } from './ranking-cache.js';
import { linePages } from './line-pages.js';
import { TotalsWorker } from './totals-worker.js';
import { tournamentAnalyticsOf } from './tournament-analytics.view.js';

/** What a cached answer is about; a write drops the answers about what it changes. */
const LEADERBOARDS = 'leaderboards';
const ofTournament = (id: string): string => `tournament:${id}`;

/** JSON text, whether anybody may keep it, and how far the replica was that it is from. */
export interface Prepared {
  json: string;
  public: boolean;
  replayed: Replayed | null;
}
const prepared = ({ value, replayed }: Read<unknown>, open: boolean): Prepared => ({ json: JSON.stringify(value), public: open, replayed });

@Injectable()
export class AnalyticsService implements OnApplicationShutdown {
  private readonly stops: (() => void)[];

  constructor(
    private readonly analytics: AnalyticsRepository,
    private readonly tournaments: TournamentsService,
    private readonly cache: RankingCache,
    committed: CommittedEvents,
    worker: TotalsWorker,
  ) {
    this.stops = [
      committed.listen(({ event }) => {
        // Every other event changes a result, a date or a count.
        if (event.type !== 'score_update') this.cache.drop([LEADERBOARDS, ofTournament(event.tournamentId)]);
      }),
      // A tournament that became private leaves the public rankings at once.
      tournaments.listen(({ id }) => {
        this.cache.drop([LEADERBOARDS, ofTournament(id)]);
      }),
      // What other programs wrote is learnt when it is folded.
      worker.listen((folded) => {
        this.cache.drop([LEADERBOARDS, ...new Set(folded.map(({ tournament_id }) => ofTournament(tournament_id)))]);
      }),
    ];
  }

  async topPlayers(asker: Principal | null, filter: TopPlayersFilter): Promise<Prepared> {
    refuseUnknownStat(filter.stat, filter.game);
    const open = await this.isPublic(asker, filter);
    return prepared(dataOf(await this.analytics.topPlayers(filter)), open);
  }

  async leaderboard(asker: Principal | null, filter: LeaderboardFilter): Promise<Prepared> {
    const open = await this.isPublic(asker, filter);
    const subject = filter.tournamentId === undefined ? LEADERBOARDS : ofTournament(filter.tournamentId);
    const { value, replayed } = await this.cache.answer(subject, { leaderboard: filter }, async () => dataOf(await this.analytics.leaderboard(filter)));
    return { json: value, public: open, replayed };
  }

  async playerKda(asker: Principal | null, userId: string, filter: RankingFilter): Promise<Prepared> {
    await this.isPublic(asker, filter);
    const kda = await this.analytics.playerKda(userId, filter);
    if (!kda.value) throw new Refusal('NOT_FOUND', `There is no user ${userId}`);
    return prepared(kda, filter.tournamentId === undefined);
  }

  async playerPage(userId: string, lastMatches: number): Promise<Prepared> {
    const { value, replayed } = await this.analytics.playerPage(userId, lastMatches);
    if (!value) throw new Refusal('NOT_FOUND', `There is no user ${userId}`);
    return prepared({ value: playerPageOf(userId, value), replayed }, true);
  }

  async search(asker: Principal | null, query: Omit<LineSearch, 'after'> & { cursor?: string }): Promise<Prepared> {
    await this.isPublic(asker, query);
    const { cursor, ...search } = query;
    const after = linePages.after(cursor);
    const { value: rows, replayed } = await this.analytics.search({ ...search, after: after && { userId: after[0], game: after[1], matchId: after[2] } });
    const page = linePages.page(rows, search.limit, foundLineOf, (row) => [row.user_id, row.game as Game, row.match_id]);
    return prepared({ value: page, replayed }, query.tournamentId === undefined);
  }

  async tournament(asker: Principal | null, id: string): Promise<Prepared> {
    const { name, game, visibility } = await this.tournaments.seen(asker, id);
    // Counted each time, which is cheap, and part of the question: a new match or participant asks another one.
    const { value: counts, ...counted } = await this.analytics.tournamentCounts(id);
    const compute = async (): Promise<Read<TournamentAnalytics>> => {
      const { value: lines, replayed } = await this.analytics.tournamentLines(id);
      return { value: tournamentAnalyticsOf({ id, name, game: Game.parse(game) }, { counts, ...lines }), replayed };
    };
    const { value, replayed } = await this.cache.answer(ofTournament(id), { tournament: id, name, counts }, compute);
    return { json: value, public: visibility === 'public', replayed: earlier(counted.replayed, replayed) };
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops) stop();
  }

  /** Refuses a tournament the asker may not see; tells whether everybody may have the answer. */
  private async isPublic(asker: Principal | null, { tournamentId, from, to }: RankingFilter): Promise<boolean> {
    if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) throw new Refusal('VALIDATION_FAILED', 'The query at from: `from` lies after `to`', [{ path: 'from', message: 'at or before `to`' }]);
    return tournamentId === undefined || (await this.tournaments.seen(asker, tournamentId)).visibility === 'public';
  }
}

const dataOf = <T>({ value, replayed }: Read<T>): Read<{ data: T }> => ({ value: { data: value }, replayed });

/** A ranking is of a stat that a game declares as a number; anything else would silently rank nobody. */
function refuseUnknownStat(stat: string, game: Game | undefined): void {
  const known = game === undefined ? NUMERIC_STATS : gameNamed(game).numericStats;
  if (known.includes(stat)) return;
  throw new Refusal('VALIDATION_FAILED', `${game ?? 'No game'} has ${game ? 'no ' : 'a '}numeric stat ${stat}; there are: ${known.join(', ')}`, [{ path: 'stat', message: `one of ${known.join(', ')}` }]);
}
