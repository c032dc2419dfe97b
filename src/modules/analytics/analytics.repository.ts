import { Injectable } from '@nestjs/common';
import type { Kda, TopPlayer } from '../../contracts/analytics.js';
import type { Game } from '../../contracts/games/index.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { kdaOf, playerKdaSql, type KdaRow } from './queries/player-kda.js';
import { topPlayerOf, topPlayersSql, type TopPlayerRow, type TopPlayersFilter } from './queries/top-players.js';

@Injectable()
export class AnalyticsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async topPlayers(filter: TopPlayersFilter): Promise<TopPlayer[]> {
    return (await this.unitOfWork.db.$queryRaw<TopPlayerRow[]>(topPlayersSql(filter))).map(topPlayerOf);
  }

  /** null: no such user. */
  async playerKda(userId: string, game: Game | undefined): Promise<Kda | null> {
    const row = (await this.unitOfWork.db.$queryRaw<KdaRow[]>(playerKdaSql(userId, game)))[0];
    return row ? kdaOf(row) : null;
  }
}
