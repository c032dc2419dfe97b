/** Runs prisma/citus/distribute.sql; what it does and needs stands there. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from './migrate.js';

const script = fileURLToPath(new URL('../../../prisma/citus/distribute.sql', import.meta.url));

export async function distribute(databaseUrl: string): Promise<{ table: string; kind: string }[]> {
  await migrate(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'grandstand-distribute' });
  await client.connect();
  try {
    const { rowCount } = await client.query(`select 1 from pg_available_extensions where name = 'citus'`);
    if (!rowCount) throw new Error('This server has no Citus: its packages and shared_preload_libraries = citus come first.');
    await client.query('create extension if not exists citus');
    await client.query(await readFile(script, 'utf8'));
    const { rows } = await client.query<{ table: string; kind: string }>('select table_name::text as table, citus_table_type as kind from citus_tables order by 1');
    return rows;
  } finally {
    await client.end();
  }
}
