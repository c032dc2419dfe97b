/** `npm run db:distribute`: spreads the statistics of DATABASE_URL over its Citus cluster. */
import { distribute } from '../platform/database/distribute.js';
import { say, warn } from './terminal.js';
import { readToolEnv } from './tool-env.js';

const USAGE = 'Usage: DATABASE_URL=postgresql://… npm run db:distribute      (the coordinator of a Citus cluster, with the servers stopped)';

const { databaseUrl } = readToolEnv();
if (databaseUrl === undefined) {
  warn(`DATABASE_URL is not set.\n${USAGE}`);
  process.exitCode = 64;
} else {
  distribute(databaseUrl).then(
    (tables) => {
      for (const { table, kind } of tables) say(`${table}: ${kind}`);
    },
    (error: unknown) => {
      warn(`Nothing was distributed. ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    },
  );
}
