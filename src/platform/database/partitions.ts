/** `game_stats` has one partition a game: a new game is stored apart from its first row, without a migration. */
import type pg from 'pg';
import { GAMES } from '../../contracts/games/index.js';

/** Makes the partitions that are missing; returns their names. Games' names are our own constants, never input. */
export async function ensureGamePartitions(client: pg.Client): Promise<string[]> {
  const made: string[] = [];
  for (const { name } of GAMES) {
    const partition = `game_stats_${name.toLowerCase()}`;
    const { rowCount } = await client.query('select 1 from pg_class where oid = to_regclass($1)', [partition]);
    if (rowCount) continue;
    await client.query(`create table if not exists ${client.escapeIdentifier(partition)} partition of game_stats for values in (${client.escapeLiteral(name)})`);
    made.push(partition);
  }
  return made;
}
