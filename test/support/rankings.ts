/** Rankings without a server: the queries of src/modules/analytics/queries on a connection of the test's own. */
import type pg from 'pg';
import { fold as foldTotals } from '../../src/modules/analytics/queries/fold-totals.js';
import { leaderboardFastSql, leaderboardFoldedSql, leaderboardSql } from '../../src/modules/analytics/queries/leaderboard.js';
import { playerKdaFastSql, playerKdaFoldedSql, playerKdaSql } from '../../src/modules/analytics/queries/player-kda.js';
import { STAT_COLUMNS } from '../../src/modules/analytics/queries/ranked-stats.js';
import { topPlayersFastSql, topPlayersFoldedSql, topPlayersSql } from '../../src/modules/analytics/queries/top-players.js';

type Rows = Record<string, unknown>[];
interface Sql {
  text: string;
  values: unknown[];
}
export const rowsOf = async (client: pg.ClientBase, sql: Sql): Promise<Rows> => (await client.query<Record<string, unknown>>(sql.text, sql.values)).rows;

/** One fold as the worker makes it; null: another one was at it. */
export async function fold(client: pg.ClientBase, batch = 20_000): Promise<{ more: boolean } | null> {
  await client.query('begin');
  try {
    return await foldTotals(async <Row>(sql: Sql) => (await rowsOf(client, sql)) as Row[], batch);
  } finally {
    await client.query('commit');
  }
}

const GAMES = [undefined, 'CSGO', 'FIFA', 'LOL'] as const;
const ALL = 1_000_000;

/** Every fast ranking (or those whose name matches) beside its raw one, both from one snapshot; whole, and cut off where the cut matters. What the totals alone answer is one more, if they do. */
export async function bothWays(client: pg.ClientBase, userIds: readonly string[], only = /./): Promise<{ name: string; raw: Rows; fast: Rows }[]> {
  const pairs: [string, Sql, Sql, Sql][] = [];
  for (const game of GAMES) {
    for (const column of STAT_COLUMNS) {
      for (const limit of [ALL, 3]) pairs.push([`top ${column.stat} ${game ?? 'all'} ${String(limit)}`, topPlayersSql({ stat: column.stat, game, limit }), topPlayersFastSql({ stat: column.stat, game, limit }, column), topPlayersFoldedSql({ stat: column.stat, game, limit }, column)]);
    }
    for (const minMatches of [1, 2, 5, 6]) {
      for (const limit of [ALL, 3]) pairs.push([`leaderboard ${game ?? 'all'} ${String(minMatches)} ${String(limit)}`, leaderboardSql({ game, minMatches, limit }), leaderboardFastSql({ game, minMatches, limit }), leaderboardFoldedSql({ game, minMatches, limit })]);
    }
    for (const userId of userIds) pairs.push([`kda ${userId} ${game ?? 'all'}`, playerKdaSql(userId, { game }), playerKdaFastSql(userId, game), playerKdaFoldedSql(userId, game)]);
  }
  await client.query('begin isolation level repeatable read read only');
  try {
    const answers = [];
    for (const [name, rawSql, fastSql, foldedSql] of pairs.filter(([name]) => only.test(name))) {
      const [raw, fast, folded] = [numbers(await rowsOf(client, rawSql)), numbers(await rowsOf(client, fastSql)), numbers(await rowsOf(client, foldedSql))];
      answers.push({ name, raw, fast });
      if (folded.length > 0) answers.push({ name: `${name} folded`, raw, fast: folded });
    }
    return answers;
  } finally {
    await client.query('commit');
  }
}

/** As they go over the wire: `numeric` is text with as many zeros as it likes. */
const numbers = (rows: Rows): Rows => rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value])));
