import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { MatchesModule } from '../matches/matches.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { TournamentsModule } from '../tournaments/tournaments.module.js';
import { FeedRepository } from './feed.repository.js';
import { TournamentGateway } from './gateways/tournament.gateway.js';
import { RealtimeService } from './realtime.service.js';
import { ScoreCommands } from './score-commands.js';
import { AccessRepository } from './access.repository.js';

@Module({
  imports: [AnalyticsModule, AuthModule, MatchesModule, NotificationsModule, TournamentsModule],
  providers: [FeedRepository, RealtimeService, ScoreCommands, AccessRepository, TournamentGateway],
  exports: [RealtimeService],
})
export class RealtimeModule {}
