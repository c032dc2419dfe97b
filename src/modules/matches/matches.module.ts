import { Module } from '@nestjs/common';
import { TournamentsModule } from '../tournaments/tournaments.module.js';
import { CommittedEvents } from './committed-events.js';
import { MatchLogRepository } from './match-log.repository.js';
import { MatchesController } from './matches.controller.js';
import { MatchesRepository } from './matches.repository.js';
import { MatchesService } from './matches.service.js';

@Module({
  imports: [TournamentsModule],
  controllers: [MatchesController],
  providers: [CommittedEvents, MatchLogRepository, MatchesRepository, MatchesService],
  exports: [CommittedEvents, MatchLogRepository, MatchesRepository, MatchesService],
})
export class MatchesModule {}
