import { Injectable } from '@nestjs/common';
import type { FoundLine, Kda, LeaderboardRow, TopPlayer } from '../../contracts/analytics.js';
import { Game, gameNamed } from '../../contracts/games/index.js';
import { Stats } from '../../contracts/stats.js';
import { hasCitusSql, type Prisma, type Rows } from '../../platform/database/prisma.js';
import { atOneMoment, ReadDatabase } from '../../platform/database/reads.js';
import type { Read } from '../../platform/database/replica.js';
import { leaderboardFastSql, leaderboardFoldedSql, leaderboardRowOf, leaderboardSql, type LeaderboardFilter, type LeaderboardSqlRow } from './queries/leaderboard.js';
import { kdaOf, playerKdaFastSql, playerKdaFoldedSql, playerKdaSql, type KdaRow } from './queries/player-kda.js';
import { LongReads } from './long-reads.js';
import * as page from './queries/player-page.js';
import { hasTotals, statColumn, totalsKeptSql, type RankingFilter } from './queries/ranked-stats.js';
import { candidatesOf, rareSql, searchStatsSql, walkSql, type FoundLineRow, type RareLineRow, type StatSearch, WALK_ON_FROM, WALKS } from './queries/search-stats.js';
import { topPlayerOf, topPlayersFastSql, topPlayersFoldedSql, topPlayersSql, type TopPlayerRow, type TopPlayersFilter } from './queries/top-players.js';
import * as tournament from './queries/tournament-analytics.js';

/** Eight at once kept a top 10 from the totals waiting for 2.2 s. A tournament's lines, mostly few, do not queue behind those of all of them. */
const LONG_AT_ONCE = 2;
const LEADERS = 5;
/** After a ranking that the totals did not hold whole they are not asked alone for a while, twice as long each time: while many lines are written it would be in vain. */
const UNFOLDED_MIN_MS = 10;
const UNFOLDED_MAX_MS = 1_000;

export interface LineSearch extends Omit<StatSearch, 'game' | 'after'> {
  game?: Game;
  /** The key of the last line of the page before. */
  after: { userId: string; game: Game; matchId: string } | null;
}

/** Each ranking from its totals where there are totals for what is asked, else from the lines. */
@Injectable()
export class AnalyticsRepository {
  private readonly areKept = askedOnce(async () => (await this.reads.fromPrimary((rows) => rows<{ kept: boolean }>(totalsKeptSql)))[0]?.kept ?? false);
  /** Whether Citus plans what is read: asked of whoever is there. */
  private readonly isDistributed = askedOnce(async () => (await this.reads.read((rows) => rows<{ yes: boolean }>(hasCitusSql))).value[0]?.yes ?? false);
  private readonly long = new LongReads(LONG_AT_ONCE);
  private readonly longOfTournaments = new LongReads(1);
  private unfolded = { untilMs: 0, forMs: UNFOLDED_MIN_MS };

  constructor(private readonly reads: ReadDatabase) {}

  private async hasTotals(filter: RankingFilter): Promise<boolean> {
    return hasTotals(filter) && (await this.areKept());
  }

  private longFor({ tournamentId }: RankingFilter): LongReads {
    return tournamentId === undefined ? this.long : this.longOfTournaments;
  }

  /** From the totals alone if they hold all there is, which takes half as long as looking for what they do not. */
  private async fromTotals<Row>(rows: Rows, folded: Prisma.Sql, fast: Prisma.Sql): Promise<Row[]> {
    const alone = performance.now() >= this.unfolded.untilMs;
    if (alone) {
      const found = await rows<Row>(folded);
      if (found.length > 0) {
        this.unfolded.forMs = UNFOLDED_MIN_MS;
        return found;
      }
    }
    const found = await rows<Row>(fast);
    // An answer, and none from the totals alone: they lack something.
    if (alone && found.length > 0) {
      const { forMs } = this.unfolded;
      this.unfolded = { untilMs: performance.now() + forMs, forMs: Math.min(UNFOLDED_MAX_MS, 2 * forMs) };
    }
    return found;
  }

  async topPlayers(filter: TopPlayersFilter): Promise<Read<TopPlayer[]>> {
    const column = (await this.hasTotals(filter)) ? statColumn(filter.stat) : undefined;
    if (!column) {
      const raw = topPlayersSql(filter, await this.isDistributed());
      return this.longFor(filter).read({ topPlayers: filter }, () => this.reads.read(async (rows) => (await rows<TopPlayerRow>(raw)).map(topPlayerOf)));
    }
    return this.reads.read(async (rows) => (await this.fromTotals<TopPlayerRow>(rows, topPlayersFoldedSql(filter, column), topPlayersFastSql(filter, column))).map(topPlayerOf));
  }

  async leaderboard(filter: LeaderboardFilter): Promise<Read<LeaderboardRow[]>> {
    if (!(await this.hasTotals(filter))) return this.longFor(filter).read({ leaderboard: filter }, () => this.reads.read(async (rows) => (await rows<LeaderboardSqlRow>(leaderboardSql(filter))).map(leaderboardRowOf)));
    return this.reads.read(async (rows) => (await this.fromTotals<LeaderboardSqlRow>(rows, leaderboardFoldedSql(filter), leaderboardFastSql(filter))).map(leaderboardRowOf));
  }

  /** null: no such user. */
  async playerKda(userId: string, filter: RankingFilter): Promise<Read<Kda | null>> {
    const kept = await this.hasTotals(filter);
    return this.reads.find(async (rows) => {
      const [row] = kept ? await this.fromTotals<KdaRow>(rows, playerKdaFoldedSql(userId, filter.game), playerKdaFastSql(userId, filter.game)) : await rows<KdaRow>(playerKdaSql(userId, filter));
      return row ? kdaOf(row) : null;
    });
  }

  /** The parts of a player's page, all of one moment; null: no such user. */
  async playerPage(userId: string, lastMatches: number) {
    return this.reads.find(atOneMoment(async (rows) => {
      const user = (await rows<{ username: string }>(page.usernameSql(userId)))[0];
      if (!user) return null;
      return {
        username: user.username,
        record: await rows<page.RecordRow>(page.recordSql(userId)),
        totals: await rows<page.GameTotalRow>(page.gameTotalsSql(userId)),
        lines: await rows<page.GameLinesRow>(page.gameLinesSql(userId)),
        lastMatches: await rows<page.LastMatchRow>(page.lastMatchesSql(userId, lastMatches)),
      };
    }));
  }

  /** `limit + 1` of them, game after game. What no index finds is looked for in its turn, all over again. */
  async search(asked: LineSearch): Promise<Read<FoundLineRow[]>> {
    if (await this.isDistributed()) {
      // The other ways lead round what PostgreSQL's planner does not know: for these Citus would fetch what they look at from every node first.
      const whole = (): Promise<Read<FoundLineRow[]>> => this.reads.read(async (rows) => (await searchGames(asked, (search) => rows<FoundLineRow>(searchStatsSql(search)))) ?? []);
      return hasIndex(asked) ? whole() : this.long.read({ search: asked }, whole);
    }
    const quick = await this.reads.read((rows) => searchGames(asked, (search) => searchGame(rows, search, false)));
    const { value, replayed } = quick;
    return value ? { value, replayed } : this.long.read({ search: asked }, () => this.reads.read(async (rows) => (await searchGames(asked, (search) => searchGame(rows, search, true))) ?? []));
  }

  /** A tournament's best by the stat that its game is ranked by, as it is now: nobody asks again for what is pushed. null: no such tournament. */
  async tournamentTable(id: string, rankedBy: (game: string) => string, limit: number): Promise<{ stat: string; top: TopPlayer[] } | null> {
    const distributed = await this.isDistributed();
    return this.reads.fromPrimary(async (rows) => {
      const [row] = await rows<{ game: string }>(tournament.gameOfTournamentSql(id));
      if (!row) return null;
      const stat = rankedBy(row.game);
      return { stat, top: (await rows<TopPlayerRow>(topPlayersSql({ stat, tournamentId: id, limit }, distributed))).map(topPlayerOf) };
    });
  }

  async tournamentCounts(id: string): Promise<Read<tournament.TournamentCountsRow>> {
    return this.reads.read(async (rows) => one(await rows<tournament.TournamentCountsRow>(tournament.tournamentCountsSql(id))));
  }

  async tournamentLines(id: string) {
    return this.reads.read(atOneMoment(async (rows) => ({
      lines: one(await rows<tournament.TournamentLinesRow>(tournament.tournamentLinesSql(id))),
      totals: await rows<tournament.TournamentTotalRow>(tournament.tournamentTotalsSql(id)),
      leaders: await rows<tournament.TournamentLeaderRow>(tournament.tournamentLeadersSql(id, LEADERS)),
    })));
  }
}

/** What does not change under a running server: the answer is kept, a failure is not. */
function askedOnce(ask: () => Promise<boolean>): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  return () =>
    (asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    }));
}

/** A player's lines, or a tournament's, have an index of their own. */
const hasIndex = ({ userId, tournamentId }: Pick<StatSearch, 'userId' | 'tournamentId'>): boolean => userId !== undefined || tournamentId !== undefined;

/** null: some game's lines would all have to be looked at. */
async function searchGames({ game, after, ...search }: LineSearch, searchGame: (search: StatSearch) => Promise<FoundLineRow[] | null>): Promise<FoundLineRow[] | null> {
  const found: FoundLineRow[] = [];
  for (const each of [...Game.options].sort()) {
    if ((game !== undefined && each !== game) || (after && each < after.game) || found.length > search.limit) continue;
    const lines = await searchGame({ ...search, game: each, after: after?.game === each ? after : null, limit: search.limit - found.length });
    if (!lines) return null;
    found.push(...lines);
  }
  return found;
}

/** Only a guess of what is worth a try: lines were checked when they were written, but not by everybody who can write. */
const declares = (game: Game, key: string): boolean => gameNamed(game).stats.safeParse({ [key]: null }).error?.issues.some(({ code }) => code === 'unrecognized_keys') !== true;

async function searchGame(rows: Rows, search: StatSearch, all: boolean): Promise<FoundLineRow[] | null> {
  const { contains, hasKey, hasAll = [], hasAny } = search;
  const asked = [...Object.keys(contains ?? {}), ...(hasKey === undefined ? [] : [hasKey]), ...hasAll];
  const common = (key: string): boolean => declares(search.game, key);
  if (asked.every(common) && hasAny?.some(common) !== false) {
    for (const lines of WALKS) {
      const walked = await rows<FoundLineRow>(walkSql(search, lines));
      if (walked.length > search.limit) return walked;
      if (walked.length < search.limit * WALK_ON_FROM) break;
    }
  }
  if (contains !== undefined) {
    const rare = await rows<RareLineRow>(rareSql(search));
    const lines = rare.filter((row): row is FoundLineRow & RareLineRow => row.user_id !== null);
    if (lines.length > search.limit || (rare[0]?.candidates ?? 0) < candidatesOf(search)) return lines;
  }
  return all || hasIndex(search) ? rows<FoundLineRow>(searchStatsSql(search)) : null;
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
