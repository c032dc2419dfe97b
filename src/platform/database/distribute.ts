/** Runs prisma/citus/distribute.sql; what it does and needs stands there. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from './migrate.js';

const script = fileURLToPath(new URL('../../../prisma/citus/distribute.sql', import.meta.url));

/** Who is refused finds their database as it was, also one that was never migrated: test/distribute.test.ts. */
export async function distribute(databaseUrl: string): Promise<{ table: string; kind: string }[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'grandstand-distribute' });
  await client.connect();
  try {
    const { rowCount } = await client.query(`select 1 from pg_available_extensions where name = 'citus'`);
    if (!rowCount) throw new Error('This server has no Citus: its packages and shared_preload_libraries = citus come first.');
    await client.query('create extension if not exists citus');
    const distributed = await client.query(`select 1 from citus_tables where table_name = to_regclass('game_stats')`);
    if (distributed.rowCount) throw new Error('This database is distributed already.');
    await migrate(databaseUrl);
    await client.query(await readFile(script, 'utf8'));
    const { rows } = await client.query<{ table: string; kind: string }>('select table_name::text as table, citus_table_type as kind from citus_tables order by 1');
    return rows;
  } finally {
    await client.end();
  }
}
