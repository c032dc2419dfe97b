/** `game_stats` has one partition a game: a new game is stored apart from its first row, without a migration. */
import type pg from 'pg';
import { GAMES } from '../../contracts/games/index.js';

/** Statement triggers of a partitioned table fire for statements that name it; who names a partition needs them there. */
const TRIGGERS = [
  ['stat_lines_inserted', 'insert', 'referencing new table as lines', "stat_lines_changed('1')"],
  ['stat_lines_updated_from', 'update', 'referencing old table as lines', "stat_lines_changed('-1')"],
  ['stat_lines_updated_to', 'update', 'referencing new table as lines', "stat_lines_changed('1')"],
  ['stat_lines_deleted', 'delete', 'referencing old table as lines', "stat_lines_changed('-1')"],
  ['stat_writers_wait', 'insert', 'referencing new table as lines', 'stat_writers_wait()'],
  ['stat_lines_truncated', 'truncate', '', 'stat_lines_truncated()'],
] as const;

export const partitionOf = (game: string): string => `game_stats_${game.toLowerCase()}`;

/** Makes the partitions that are missing; returns their names. Games' names are our own constants, never input. */
export async function ensureGamePartitions(client: pg.Client): Promise<string[]> {
  const made: string[] = [];
  for (const { name } of GAMES) {
    const partition = partitionOf(name);
    const { rowCount } = await client.query('select 1 from pg_class where oid = to_regclass($1)', [partition]);
    if (!rowCount) {
      await client.query(`create table if not exists ${client.escapeIdentifier(partition)} partition of game_stats for values in (${client.escapeLiteral(name)})`);
      made.push(partition);
    }
    await ensureTriggers(client, partition);
  }
  return made;
}

/** Only where the partitioned table has them: a distributed one has none (prisma/citus/distribute.sql). */
async function ensureTriggers(client: pg.Client, partition: string): Promise<void> {
  for (const [trigger, event, transition, call] of TRIGGERS) {
    const { rowCount } = await client.query(
      `select 1 from pg_trigger where tgname = $1 and tgrelid = 'game_stats'::regclass
       and not exists (select 1 from pg_trigger where tgname = $1 and tgrelid = to_regclass($2))`,
      [trigger, partition],
    );
    if (rowCount) await client.query(`create trigger ${trigger} after ${event} on ${client.escapeIdentifier(partition)} ${transition} for each statement execute function ${call}`);
  }
}
