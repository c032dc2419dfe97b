import { Injectable } from '@nestjs/common';
import type { FoundLine, Kda, LeaderboardRow, TopPlayer } from '../../contracts/analytics.js';
import type { Game } from '../../contracts/games/index.js';
import { Stats } from '../../contracts/stats.js';
import { ReadDatabase } from '../../platform/database/reads.js';
import { leaderboardFastSql, leaderboardRowOf, leaderboardSql, type LeaderboardFilter, type LeaderboardSqlRow } from './queries/leaderboard.js';
import { kdaOf, playerKdaFastSql, playerKdaSql, type KdaRow } from './queries/player-kda.js';
import * as page from './queries/player-page.js';
import { hasTotals, statColumn, type RankingFilter } from './queries/ranked-stats.js';
import { searchStatsSql, type FoundLineRow, type StatSearch } from './queries/search-stats.js';
import { topPlayerOf, topPlayersFastSql, topPlayersSql, type TopPlayerRow, type TopPlayersFilter } from './queries/top-players.js';
import * as tournament from './queries/tournament-analytics.js';

const LEADERS = 5;

/** Each ranking from its totals where there are totals for what is asked, else from the lines. */
@Injectable()
export class AnalyticsRepository {
  constructor(private readonly reads: ReadDatabase) {}

  get isReplica(): boolean {
    return this.reads.isReplica;
  }

  async topPlayers(filter: TopPlayersFilter): Promise<TopPlayer[]> {
    const column = hasTotals(filter) ? statColumn(filter.stat) : undefined;
    return (await this.reads.rows<TopPlayerRow>(column ? topPlayersFastSql(filter, column) : topPlayersSql(filter))).map(topPlayerOf);
  }

  async leaderboard(filter: LeaderboardFilter): Promise<LeaderboardRow[]> {
    return (await this.reads.rows<LeaderboardSqlRow>(hasTotals(filter) ? leaderboardFastSql(filter) : leaderboardSql(filter))).map(leaderboardRowOf);
  }

  /** null: no such user. */
  async playerKda(userId: string, filter: RankingFilter): Promise<Kda | null> {
    const row = (await this.reads.rows<KdaRow>(hasTotals(filter) ? playerKdaFastSql(userId, filter.game) : playerKdaSql(userId, filter)))[0];
    return row ? kdaOf(row) : null;
  }

  /** The parts of a player's page, all of one moment; null: no such user. */
  async playerPage(userId: string, lastMatches: number) {
    return this.reads.atOneMoment(async (rows) => {
      const user = (await rows<{ username: string }>(page.usernameSql(userId)))[0];
      if (!user) return null;
      return {
        username: user.username,
        record: await rows<page.RecordRow>(page.recordSql(userId)),
        totals: await rows<page.GameTotalRow>(page.gameTotalsSql(userId)),
        lines: await rows<page.GameLinesRow>(page.gameLinesSql(userId)),
        lastMatches: await rows<page.LastMatchRow>(page.lastMatchesSql(userId, lastMatches)),
      };
    });
  }

  /** `limit + 1` of them. */
  async search(search: StatSearch): Promise<FoundLineRow[]> {
    return this.reads.rows<FoundLineRow>(searchStatsSql(search));
  }

  async tournamentCounts(id: string): Promise<tournament.TournamentCountsRow> {
    return one(await this.reads.rows<tournament.TournamentCountsRow>(tournament.tournamentCountsSql(id)));
  }

  async tournamentLines(id: string) {
    return this.reads.atOneMoment(async (rows) => ({
      lines: one(await rows<tournament.TournamentLinesRow>(tournament.tournamentLinesSql(id))),
      totals: await rows<tournament.TournamentTotalRow>(tournament.tournamentTotalsSql(id)),
      leaders: await rows<tournament.TournamentLeaderRow>(tournament.tournamentLeadersSql(id, LEADERS)),
    }));
  }
}

function one<Row>([row]: Row[]): Row {
  if (!row) throw new Error('a query of counts gave no row');
  return row;
}

export const foundLineOf = (row: FoundLineRow): FoundLine => ({
  userId: row.user_id,
  username: row.username,
  game: row.game as Game,
  matchId: row.match_id,
  tournamentId: row.tournament_id,
  participantId: row.participant_id,
  stats: Stats.parse(row.stats),
  updatedAt: row.updated_at.toISOString(),
});
