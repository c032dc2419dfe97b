/** `node dist/launcher/migrate.js`: migrates the database of DATABASE_URL and exits, for containers and pipelines. */
import { migrate } from '../platform/database/migrate.js';

const { DATABASE_URL } = process.env;

try {
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set: give it the database to migrate.');
  const { applied } = await migrate(DATABASE_URL);
  for (const name of applied) console.log(`applied ${name}`);
  if (applied.length === 0) console.log('nothing to apply: the database is up to date');
} catch (error) {
  console.error(`The database was not migrated. ${describe(error)}`);
  process.exitCode = 1;
}

/** A host with several addresses fails with one error for each and an empty message of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
