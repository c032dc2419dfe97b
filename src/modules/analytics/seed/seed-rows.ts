/**
 * Plausible, skewed statistics in bulk, from a fixed seed: a few players play every day, most seldom; three games; one
 * tournament in twenty is private, one match in fifty cancelled (season.ts). Where matches are, or a server, they are
 * written as anybody else would, past every key and trigger; into an empty database much faster (empty-database.ts).
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Prisma } from '../../../generated/prisma/client.js';
import { fold } from '../queries/fold-totals.js';
import { totalsKeptSql } from '../queries/ranked-stats.js';
import { participantsSql, sizeOf, tournamentsSql, usersSql, type SeedSize } from './season.js';
import { seedEmpty } from './empty-database.js';
import { run, SETTINGS, writeLines, type SeedPlan } from './writers.js';

const WAIT_MS = 200;
const EVERYTHING = 2_000_000_000;
/** Every statement of a fold reads all rows of a game to find those of its players: few, and large. */
const LARGEST_STATEMENT = 1_000_000;

/** Cancelled matches keep their lines. Returns how many there are. */
export async function seedRows(plan: SeedPlan): Promise<{ lines: number; matches: number; players: number }> {
  const client = new pg.Client({ connectionString: plan.databaseUrl, application_name: 'grandstand-seed' });
  // What is lost is told by the query that fails with it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const size = sizeOf(plan.seed, plan.rows);
    const taken = await client.query('select 1 from tournaments where id = $1', [`${size.seed}-t0`]);
    if (taken.rowCount) throw new Error(`This database holds a seed named ${size.seed} already: choose another name with --seed`);
    const lines = (await seedEmpty(client, size, plan)) ?? (await seedAmongOthers(client, size, plan));
    plan.step('vacuuming');
    await client.query('vacuum (analyze) users, tournaments, participants, matches, player_totals, player_gains, stat_deltas');
    return { lines, matches: size.matches, players: size.players };
  } finally {
    await client.end();
  }
}

async function seedAmongOthers(client: pg.Client, size: SeedSize, { databaseUrl, progress, step }: SeedPlan): Promise<number> {
  const itself = (table: string): string => table;
  await client.query(SETTINGS);
  for (const sql of [usersSql, tournamentsSql, participantsSql]) await run(client, sql(itself, size));
  const lines = await writeLines(databaseUrl, size, { tableOf: itself, linesOf: () => 'game_stats', progress });
  const kept = (await client.query<{ kept: boolean }>(totalsKeptSql.text)).rows[0]?.kept === true;
  if (kept) step('bringing the totals up to date');
  await client.query('vacuum (analyze) game_stats, stat_deltas');
  if (kept) await foldEverything(client);
  return lines;
}

/** All at once: each player is written once, where the worker's batches would write the active ones again and again. */
async function foldEverything(client: pg.Client): Promise<void> {
  for (;;) {
    await client.query('begin');
    const done = await fold(async <Row>({ text, values }: Prisma.Sql) => (await client.query(text, values)).rows as Row[], { batch: EVERYTHING, gatherFrom: EVERYTHING, moved: EVERYTHING, statement: LARGEST_STATEMENT });
    await client.query('commit');
    if (done) return;
    // A server's worker is at it: the rest is ours.
    await pause(WAIT_MS);
  }
}
