/** Rankings without a server: the queries of src/modules/analytics/queries on a connection of the test's own. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { AnalyticsRepository } from '../../src/modules/analytics/analytics.repository.js';
import { fold as foldTotals, type Fold, type FoldSize } from '../../src/modules/analytics/queries/fold-totals.js';
import { leaderboardFastSql, leaderboardFoldedSql, leaderboardSql } from '../../src/modules/analytics/queries/leaderboard.js';
import { playerKdaFastSql, playerKdaFoldedSql, playerKdaSql } from '../../src/modules/analytics/queries/player-kda.js';
import { STAT_COLUMNS } from '../../src/modules/analytics/queries/ranked-stats.js';
import { topPlayersFastSql, topPlayersFoldedSql, topPlayersSql } from '../../src/modules/analytics/queries/top-players.js';
import type { ReadDatabase } from '../../src/platform/database/reads.js';

type Rows = Record<string, unknown>[];
interface Sql {
  text: string;
  values: unknown[];
}
export const rowsOf = async (client: pg.ClientBase, sql: Sql): Promise<Rows> => (await client.query<Record<string, unknown>>(sql.text, sql.values)).rows;

/** As a server asks, which has a connection plan each text once: on a handful of rows planning is most of the work. */
const plannedOnce = async (client: pg.ClientBase, { text, values }: Sql): Promise<Rows> =>
  (await client.query<Record<string, unknown>>({ name: createHash('sha256').update(text).digest('base64url'), text, values })).rows;

/** The repository on this connection, and the values that each of its queries was asked with. */
export function rankingsOn(client: pg.ClientBase): { rankings: AnalyticsRepository; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const rows = async <Row>(sql: Sql): Promise<Row[]> => {
    asked.push(sql.values);
    return (await rowsOf(client, sql)) as Row[];
  };
  const reads = { read: async <T>(work: (given: typeof rows) => Promise<T>) => ({ value: await work(rows), replayed: null }) } as unknown as ReadDatabase;
  return { rankings: new AnalyticsRepository(reads), asked };
}

/** One fold as the worker makes it; null: another one was at it. */
export async function fold(client: pg.ClientBase, batch = 20_000, size: Partial<FoldSize> = {}): Promise<Fold | null> {
  await client.query('begin');
  try {
    return await foldTotals(async <Row>(sql: Sql) => (await rowsOf(client, sql)) as Row[], { batch, ...size });
  } finally {
    await client.query('commit');
  }
}

const GAMES = [undefined, 'CSGO', 'FIFA', 'LOL'] as const;
const ALL = 1_000_000;
const CUT = 3;

interface Pair {
  name: string;
  raw: Sql;
  /** The totals with what is not in them yet, and the totals alone, by how many rows may come. */
  fast: (limit: number) => [fast: Sql, folded: Sql];
  limits: readonly number[];
}

function pairsOf(userIds: readonly string[]): Pair[] {
  return GAMES.flatMap((game) => [
    ...STAT_COLUMNS.map((column): Pair => ({
      name: `top ${column.stat} ${game ?? 'all'}`,
      raw: topPlayersSql({ stat: column.stat, game, limit: ALL }),
      fast: (limit) => [topPlayersFastSql({ stat: column.stat, game, limit }, column), topPlayersFoldedSql({ stat: column.stat, game, limit }, column)],
      limits: [ALL, CUT],
    })),
    ...[1, 2, 5, 6].map((minMatches): Pair => ({
      name: `leaderboard ${game ?? 'all'} ${String(minMatches)}`,
      raw: leaderboardSql({ game, minMatches, limit: ALL }),
      // Half of them as where players with something pending are many.
      fast: (limit) => [minMatches % 2 === 0 ? leaderboardFastSql({ game, minMatches, limit }) : leaderboardFastSql({ game, minMatches, limit }, 0), leaderboardFoldedSql({ game, minMatches, limit })],
      limits: [ALL, CUT],
    })),
    ...userIds.map((userId): Pair => ({ name: `kda ${userId} ${game ?? 'all'}`, raw: playerKdaSql(userId, { game }), fast: () => [playerKdaFastSql(userId, game), playerKdaFoldedSql(userId, game)], limits: [ALL] })),
  ]);
}

/**
 * Every fast ranking (or those whose name matches) beside its raw one, both from one snapshot; whole, and cut off where the
 * cut matters. What the totals alone answer is one more, if they do. The raw one is asked whole and once, since its order
 * leaves nothing open: cut off, it is its first rows.
 */
export async function bothWays(client: pg.ClientBase, userIds: readonly string[], only = /./): Promise<{ name: string; raw: Rows; fast: Rows }[]> {
  await client.query(`begin isolation level repeatable read read only; set local plan_cache_mode = 'force_generic_plan'`);
  try {
    const answers = [];
    for (const pair of pairsOf(userIds)) {
      const asked = pair.limits.map((limit) => ({ limit, name: pair.limits.length > 1 ? `${pair.name} ${String(limit)}` : pair.name })).filter(({ name }) => only.test(name));
      const all = asked.length === 0 ? [] : numbers(await plannedOnce(client, pair.raw));
      for (const { name, limit } of asked) {
        const raw = all.slice(0, limit);
        const [fast, folded] = await Promise.all(pair.fast(limit).map(async (sql) => numbers(await plannedOnce(client, sql))));
        answers.push({ name, raw, fast: fast ?? [] });
        if (folded && folded.length > 0) answers.push({ name: `${name} folded`, raw, fast: folded });
      }
    }
    return answers;
  } finally {
    await client.query('commit');
  }
}

/** As they go over the wire: `numeric` is text with as many zeros as it likes. */
const numbers = (rows: Rows): Rows => rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value])));
