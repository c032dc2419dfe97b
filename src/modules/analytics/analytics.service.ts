import { Injectable } from '@nestjs/common';
import type { Kda, TopPlayer } from '../../contracts/analytics.js';
import type { Principal } from '../../contracts/auth.js';
import { gameNamed, NUMERIC_STATS, type Game } from '../../contracts/games/index.js';
import { Refusal } from '../../contracts/refusal.js';
import { TournamentsService } from '../tournaments/tournaments.service.js';
import { AnalyticsRepository } from './analytics.repository.js';
import type { TopPlayersFilter } from './queries/top-players.js';

@Injectable()
export class AnalyticsService {
  constructor(
    private readonly analytics: AnalyticsRepository,
    private readonly tournaments: TournamentsService,
  ) {}

  async topPlayers(asker: Principal | null, filter: TopPlayersFilter): Promise<TopPlayer[]> {
    refuseUnknownStat(filter.stat, filter.game);
    if (filter.tournamentId !== undefined) await this.tournaments.seen(asker, filter.tournamentId);
    return this.analytics.topPlayers(filter);
  }

  async playerKda(userId: string, game: Game | undefined): Promise<Kda> {
    const kda = await this.analytics.playerKda(userId, game);
    if (!kda) throw new Refusal('NOT_FOUND', `There is no user ${userId}`);
    return kda;
  }
}

/** A ranking is of a stat that a game declares as a number; anything else would silently rank nobody. */
function refuseUnknownStat(stat: string, game: Game | undefined): void {
  const known = game === undefined ? NUMERIC_STATS : gameNamed(game).numericStats;
  if (known.includes(stat)) return;
  throw new Refusal('VALIDATION_FAILED', `${game ?? 'No game'} has ${game ? 'no ' : 'a '}numeric stat ${stat}; there are: ${known.join(', ')}`, [{ path: 'stat', message: `one of ${known.join(', ')}` }]);
}
