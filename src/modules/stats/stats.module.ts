import { Module } from '@nestjs/common';
import { MatchesModule } from '../matches/matches.module.js';
import { StatLinesRepository } from './stat-lines.repository.js';
import { StatsController } from './stats.controller.js';
import { StatsService } from './stats.service.js';

@Module({ imports: [MatchesModule], controllers: [StatsController], providers: [StatLinesRepository, StatsService] })
export class StatsModule {}
