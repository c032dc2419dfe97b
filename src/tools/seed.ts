/** `npm run seed -- --rows 1000000`: fills a database with plausible statistics. */
import { parseArgs } from 'node:util';
import { seedRows } from '../modules/analytics/seed/seed-rows.js';
import { migrate } from '../platform/database/migrate.js';
import { Progress, say, warn } from './terminal.js';
import { readToolEnv } from './tool-env.js';
import { explain, UsageError } from './tool-run.js';

const USAGE = `Usage: npm run seed -- [--rows 1000000] [--database-url postgresql://…] [--seed NAME]

Adds about that many stat lines of three games, with their players, tournaments
and matches, to the database of --database-url (DATABASE_URL). The same name
gives the same rows; a second time with it is refused. Quick where there are no
matches yet and no server runs on it.`;

const BAR_WIDTH = 30;
const count = (value: number): string => value.toLocaleString('en');

function bar(done: number, of: number, seconds: number): string {
  const share = Math.min(1, done / of);
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${(share * 100).toFixed(0)} %  ${count(done)} of ${count(of)} lines, ${count(Math.round(done / Math.max(seconds, 0.1)))}/s`;
}

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' }, 'database-url': { type: 'string' }, seed: { type: 'string', default: 'seed' } } });
  const rows = Number(values.rows.replaceAll('_', ''));
  if (!Number.isInteger(rows) || rows < 1 || rows > 100_000_000) throw new UsageError(`--rows ${values.rows}: a whole number from 1 to 100,000,000`);
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(values.seed)) throw new UsageError(`--seed ${values.seed}: 1 to 32 of A-Z a-z 0-9 _ -, since ids begin with it`);
  const databaseUrl = values['database-url'] ?? readToolEnv().databaseUrl;
  if (databaseUrl === undefined) throw new UsageError('Which database? Give --database-url or set DATABASE_URL.');
  await migrate(databaseUrl);
  const progress = new Progress();
  const startedAt = Date.now();
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  const made = await seedRows({ databaseUrl, rows, seed: values.seed, progress: (done) => progress.show(bar(done, rows, seconds())), step: (what) => {
    progress.done();
    warn(what);
  } });
  progress.done();
  say(`${count(made.lines)} stat lines of ${count(made.players)} players in ${count(made.matches)} matches, in ${seconds().toFixed(1)} s (${count(Math.round(made.lines / seconds()))} lines/s)`);
}

run().catch((error: unknown) => {
  warn(explain(error, USAGE));
  process.exitCode = 1;
});
