import { Module } from '@nestjs/common';
import { ReadDatabase } from '../../platform/database/reads.js';
import { MatchesModule } from '../matches/matches.module.js';
import { TournamentsModule } from '../tournaments/tournaments.module.js';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsRepository } from './analytics.repository.js';
import { AnalyticsService } from './analytics.service.js';
import { RankingCache } from './ranking-cache.js';
import { TotalsRepository } from './totals.repository.js';
import { TotalsWorker } from './totals-worker.js';
import { TournamentTables } from './tournament-tables.js';

@Module({
  imports: [MatchesModule, TournamentsModule],
  controllers: [AnalyticsController],
  providers: [AnalyticsRepository, AnalyticsService, RankingCache, ReadDatabase, TotalsRepository, TotalsWorker, TournamentTables],
  exports: [TournamentTables],
})
export class AnalyticsModule {}
