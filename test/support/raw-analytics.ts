/** What every route of `/analytics` has to answer, by raw SQL alone, on one snapshot of any server. */
import type pg from 'pg';
import { foundLineOf } from '../../src/modules/analytics/analytics.repository.js';
import { playerPageOf } from '../../src/modules/analytics/player-page.view.js';
import { leaderboardRowOf, leaderboardSql, type LeaderboardSqlRow } from '../../src/modules/analytics/queries/leaderboard.js';
import { kdaOf, playerKdaSql, type KdaRow } from '../../src/modules/analytics/queries/player-kda.js';
import * as page from '../../src/modules/analytics/queries/player-page.js';
import { searchStatsSql, type FoundLineRow } from '../../src/modules/analytics/queries/search-stats.js';
import { topPlayerOf, topPlayersSql, type TopPlayerRow } from '../../src/modules/analytics/queries/top-players.js';
import * as tournament from '../../src/modules/analytics/queries/tournament-analytics.js';
import { tournamentAnalyticsOf } from '../../src/modules/analytics/tournament-analytics.view.js';

const ALL = 100;
const FROM = '2020-01-01T00:00:00Z';

/** Path below `/analytics` to body: a player's, and those of a tournament of CS:GO. */
export async function rawAnalytics(client: pg.Client, userId: string, tournamentId: string): Promise<Record<string, unknown>> {
  const rows = async <Row extends pg.QueryResultRow>({ text, values }: { text: string; values: unknown[] }): Promise<Row[]> => (await client.query<Row>(text, values)).rows;
  const one = async <Row extends pg.QueryResultRow>(sql: { text: string; values: unknown[] }): Promise<Row> => {
    const [row] = await rows<Row>(sql);
    if (!row) throw new Error(`no row: ${sql.text}`);
    return row;
  };
  const top = async (filter: object) => ({ data: (await rows<TopPlayerRow>(topPlayersSql({ stat: 'kills', limit: 10, ...filter }))).map(topPlayerOf) });
  const board = async (filter: object) => ({ data: (await rows<LeaderboardSqlRow>(leaderboardSql({ minMatches: 1, limit: ALL, ...filter }))).map(leaderboardRowOf) });
  const found = async (filter: object) => ({ data: (await rows<FoundLineRow>(searchStatsSql({ game: 'CSGO', limit: 50, after: null, ...filter }))).map(foundLineOf), nextCursor: null });
  await client.query('begin isolation level repeatable read read only');
  try {
    const { name } = await one<{ name: string }>({ text: 'select name from tournaments where id = $1', values: [tournamentId] });
    return {
      'top-players?stat=kills': await top({}),
      'top-players?stat=kills&game=CSGO': await top({ game: 'CSGO' }),
      [`top-players?stat=kills&tournamentId=${tournamentId}`]: await top({ tournamentId }),
      [`top-players?stat=kills&from=${FROM}`]: await top({ from: FROM }),
      'leaderboard?minMatches=1': await board({}),
      'leaderboard?minMatches=1&game=CSGO': await board({ game: 'CSGO' }),
      [`leaderboard?minMatches=1&tournamentId=${tournamentId}`]: await board({ tournamentId }),
      [`players/${userId}/kda`]: kdaOf(await one<KdaRow>(playerKdaSql(userId, {}))),
      [`players/${userId}/kda?tournamentId=${tournamentId}`]: kdaOf(await one<KdaRow>(playerKdaSql(userId, { tournamentId }))),
      [`players/${userId}`]: playerPageOf(userId, {
        ...(await one<{ username: string }>(page.usernameSql(userId))),
        record: await rows<page.RecordRow>(page.recordSql(userId)),
        totals: await rows<page.GameTotalRow>(page.gameTotalsSql(userId)),
        lines: await rows<page.GameLinesRow>(page.gameLinesSql(userId)),
        lastMatches: await rows<page.LastMatchRow>(page.lastMatchesSql(userId, 10)),
      }),
      'stats?hasKey=kills': await found({ hasKey: 'kills' }),
      [`stats?contains=${encodeURIComponent('{"weapon":"AWP"}')}`]: await found({ contains: { weapon: 'AWP' } }),
      [`tournaments/${tournamentId}`]: tournamentAnalyticsOf(
        { id: tournamentId, name, game: 'CSGO' },
        {
          counts: await one<tournament.TournamentCountsRow>(tournament.tournamentCountsSql(tournamentId)),
          lines: await one<tournament.TournamentLinesRow>(tournament.tournamentLinesSql(tournamentId)),
          totals: await rows<tournament.TournamentTotalRow>(tournament.tournamentTotalsSql(tournamentId)),
          leaders: await rows<tournament.TournamentLeaderRow>(tournament.tournamentLeadersSql(tournamentId, 5)),
        },
      ),
    };
  } finally {
    await client.query('commit');
  }
}
