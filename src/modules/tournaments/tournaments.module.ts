import { Module } from '@nestjs/common';
import { ParticipantsRepository } from './participants.repository.js';
import { StandingsRepository } from './standings.repository.js';
import { Tables } from './tables.js';
import { TournamentsController } from './tournaments.controller.js';
import { TournamentsRepository } from './tournaments.repository.js';
import { TournamentsService } from './tournaments.service.js';

@Module({ controllers: [TournamentsController], providers: [ParticipantsRepository, StandingsRepository, Tables, TournamentsRepository, TournamentsService], exports: [ParticipantsRepository, TournamentsService] })
export class TournamentsModule {}
