/** Rankings: who may ask for what, which answers are cached, and what the writes drop. */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FoundLine, Kda, PlayerPage, TournamentAnalytics } from '../../contracts/analytics.js';
import type { Principal } from '../../contracts/auth.js';
import { Game, gameNamed, NUMERIC_STATS } from '../../contracts/games/index.js';
import type { Page } from '../../contracts/page.js';
import { Refusal } from '../../contracts/refusal.js';
import { decodeCursor, pageFrom } from '../../platform/database/cursor.js';
import { CommittedEvents } from '../matches/committed-events.js';
import { TournamentsService } from '../tournaments/tournaments.service.js';
import { AnalyticsRepository, foundLineOf, type LineSearch } from './analytics.repository.js';
import { playerPageOf } from './player-page.view.js';
import type { LeaderboardFilter } from './queries/leaderboard.js';
import type { RankingFilter } from './queries/ranked-stats.js';
import type { TopPlayersFilter } from './queries/top-players.js';
import { RankingCache } from './ranking-cache.js';
import { LineCursor } from './line-cursor.js';
import { TotalsWorker } from './totals-worker.js';
import { tournamentAnalyticsOf } from './tournament-analytics.view.js';

/** What a cached answer is about; a write drops the answers about what it changes. */
const LEADERBOARDS = 'leaderboards';
const ofTournament = (id: string): string => `tournament:${id}`;

/** JSON text, and whether anybody may keep it. */
export interface Prepared {
  json: string;
  public: boolean;
}

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

  get isReplica(): boolean {
    return this.analytics.isReplica;
  }

  async topPlayers(asker: Principal | null, filter: TopPlayersFilter): Promise<Prepared> {
    refuseUnknownStat(filter.stat, filter.game);
    const open = await this.isPublic(asker, filter);
    return { json: JSON.stringify({ data: await this.analytics.topPlayers(filter) }), public: open };
  }

  async leaderboard(asker: Principal | null, filter: LeaderboardFilter): Promise<Prepared> {
    const open = await this.isPublic(asker, filter);
    const subject = filter.tournamentId === undefined ? LEADERBOARDS : ofTournament(filter.tournamentId);
    return { json: await this.cache.answer(subject, { leaderboard: filter }, async () => ({ data: await this.analytics.leaderboard(filter) })), public: open };
  }

  async playerKda(asker: Principal | null, userId: string, filter: RankingFilter): Promise<Kda> {
    await this.isPublic(asker, filter);
    const kda = await this.analytics.playerKda(userId, filter);
    if (!kda) throw new Refusal('NOT_FOUND', `There is no user ${userId}`);
    return kda;
  }

  async playerPage(userId: string, lastMatches: number): Promise<PlayerPage> {
    const parts = await this.analytics.playerPage(userId, lastMatches);
    if (!parts) throw new Refusal('NOT_FOUND', `There is no user ${userId}`);
    return playerPageOf(userId, parts);
  }

  async search(asker: Principal | null, query: Omit<LineSearch, 'after'> & { cursor?: string }): Promise<Page<FoundLine>> {
    await this.isPublic(asker, query);
    const { cursor, ...search } = query;
    const after = cursor === undefined ? null : decodeCursor(cursor, LineCursor);
    const rows = await this.analytics.search({ ...search, after: after && { userId: after[0], game: after[1], matchId: after[2] } });
    return pageFrom(rows, search.limit, foundLineOf, (row) => [row.user_id, row.game, row.match_id]);
  }

  async tournament(asker: Principal | null, id: string): Promise<Prepared> {
    const { name, game, visibility } = await this.tournaments.seen(asker, id);
    // Counted each time, which is cheap, and part of the question: a new match or participant asks another one.
    const counts = await this.analytics.tournamentCounts(id);
    const compute = async (): Promise<TournamentAnalytics> => tournamentAnalyticsOf({ id, name, game: Game.parse(game) }, { counts, ...(await this.analytics.tournamentLines(id)) });
    const json = await this.cache.answer(ofTournament(id), { tournament: id, name, counts }, compute);
    return { json, public: visibility === 'public' };
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

/** A ranking is of a stat that a game declares as a number; anything else would silently rank nobody. */
function refuseUnknownStat(stat: string, game: Game | undefined): void {
  const known = game === undefined ? NUMERIC_STATS : gameNamed(game).numericStats;
  if (known.includes(stat)) return;
  throw new Refusal('VALIDATION_FAILED', `${game ?? 'No game'} has ${game ? 'no ' : 'a '}numeric stat ${stat}; there are: ${known.join(', ')}`, [{ path: 'stat', message: `one of ${known.join(', ')}` }]);
}
