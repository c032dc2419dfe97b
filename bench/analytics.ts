/**
 * Rankings raw and fast, and what keeping totals costs who writes: on a PostgreSQL of its own, seeded with `--rows`.
 * Everything compared was measured in one run, taking turns, since a machine's mood changes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { TotalsRepository } from '../src/modules/analytics/totals.repository.js';
import { TotalsWorker } from '../src/modules/analytics/totals-worker.js';
import { AnalyticsRepository } from '../src/modules/analytics/analytics.repository.js';
import { leaderboardFastSql, leaderboardSql } from '../src/modules/analytics/queries/leaderboard.js';
import { playerKdaFastSql, playerKdaSql } from '../src/modules/analytics/queries/player-kda.js';
import { statColumn } from '../src/modules/analytics/queries/ranked-stats.js';
import { seedRows } from '../src/modules/analytics/queries/seed-rows.js';
import { topPlayersFastSql, topPlayersSql } from '../src/modules/analytics/queries/top-players.js';
import { startPostgres } from '../src/parts/postgres.js';
import { migrate } from '../src/platform/database/migrate.js';
import { openDatabase, type Rows } from '../src/platform/database/prisma.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { createMetrics } from '../src/platform/metrics/metrics.js';
import { quantile } from './lib/figures.js';
import { optionsOf } from './lib/options.js';
import { header, table } from './lib/report.js';

/** A raw query is asked again while this is not over, and at least twice. */
const LONG_MS = 20_000;

type Sql = ReturnType<typeof topPlayersSql>;
const options = optionsOf('bench:analytics', { rows: '100000,1000000', batches: '1,100,1000', writers: '1,8,32', seconds: '3', samples: '200' });
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
const folder = mkdtempSync(join(tmpdir(), 'grandstand-bench-'));
const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: { shared_buffers: '1GB', max_wal_size: '4GB' } });
const lines = header('Rankings: raw and fast', options.command);

async function reads(url: string): Promise<string[][]> {
  const database = openDatabase({ url, max: 2, nameStatements: true, onError: () => undefined });
  // As the reads of a server are made (src/platform/database/prisma.ts).
  const client = new pg.Client({ connectionString: url, options: '-c plan_cache_mode=force_generic_plan -c jit=off' });
  await client.connect();
  const kills = statColumn('kills');
  if (!kills) throw new Error('kills has no totals');
  const pairs: [string, Sql, Sql][] = [
    ['top 10 by kills, CSGO', topPlayersSql({ stat: 'kills', game: 'CSGO', limit: 10 }), topPlayersFastSql({ stat: 'kills', game: 'CSGO', limit: 10 }, kills)],
    ['top 10 by kills, all games', topPlayersSql({ stat: 'kills', limit: 10 }), topPlayersFastSql({ stat: 'kills', limit: 10 }, kills)],
    ['KDA of the most active player', playerKdaSql('bench-p0', {}), playerKdaFastSql('bench-p0', undefined)],
    ['leaderboard, 100 rows, CSGO', leaderboardSql({ game: 'CSGO', minMatches: 5, limit: 100 }), leaderboardFastSql({ game: 'CSGO', minMatches: 5, limit: 100 })],
  ];
  const roundTrips = async (run: () => Promise<unknown>, samples: number): Promise<number[]> => {
    const times: number[] = [];
    const until = performance.now() + LONG_MS;
    for (let sample = 0; sample < samples && (sample < 2 || performance.now() < until); sample += 1) {
      const startedAt = performance.now();
      await run();
      times.push(performance.now() - startedAt);
    }
    return times;
  };
  const server = async ({ text, values }: Sql): Promise<number> => {
    const times: number[] = [];
    const until = performance.now() + LONG_MS;
    for (let sample = 0; sample < 5 && (sample < 2 || performance.now() < until); sample += 1) {
      const { rows } = await client.query<{ 'QUERY PLAN': { 'Execution Time': number }[] }>(`explain (analyze, timing off, format json) ${text}`, values);
      times.push(rows[0]?.['QUERY PLAN'][0]?.['Execution Time'] ?? Number.NaN);
    }
    return quantile(times, 0.5);
  };
  const result: string[][] = [];
  const row = async (name: string, way: string, run: () => Promise<unknown>, samples: number, sql: Sql | null): Promise<void> => {
    await roundTrips(run, sql && samples < 10 ? 1 : 10);
    const times = await roundTrips(run, samples);
    result.push([name, way, sql ? ms(await server(sql)) : '', ms(quantile(times, 0.5)), ms(quantile(times, 0.99))]);
  };
  for (const [name, raw, fast] of pairs) {
    // On a connection that lets a statement take longer than a server does.
    await row(name, 'raw', () => client.query(raw.text, raw.values), 7, raw);
    await row(name, 'fast', () => database.session((rows) => rows(fast)), options.number('samples'), fast);
    await row(name, 'fast, through Prisma', () => database.client.$queryRaw(fast), options.number('samples'), null);
  }
  const repository = new AnalyticsRepository({ read: async <T>(work: (rows: Rows) => Promise<T>) => ({ value: await database.session(work), replayed: null }) } as unknown as ConstructorParameters<typeof AnalyticsRepository>[0]);
  for (const champion of ['Yasuo', 'Riven']) await row(`contains champion ${champion}, page of 50`, 'search', () => repository.search({ contains: { champion }, limit: 50, after: null }), 30, null);
  await client.end();
  await database.close();
  return result;
}

/** The same database without what only totals need: their triggers, and the column of the transaction with its index. Everything else is the same, foreign keys and GIN index too. */
async function withoutTotals(url: string): Promise<string> {
  const [copy, source] = [new URL(url), new URL(url)];
  copy.pathname = `${source.pathname}_plain`;
  const admin = new pg.Client(postgres.url());
  await admin.connect();
  await admin.query(`create database ${copy.pathname.slice(1)} template ${source.pathname.slice(1)}`);
  await admin.end();
  const client = new pg.Client(copy.href);
  await client.connect();
  const { rows } = await client.query<{ drop: string }>(`select format('drop trigger if exists %I on %s', tgname, tgrelid::regclass) as drop from pg_trigger where tgname like 'stat\\_%' and not tgisinternal and tgparentid = 0`);
  for (const { drop } of rows) await client.query(drop);
  await client.query('alter table game_stats drop column xid');
  await client.end();
  return copy.href;
}

/** Lines a second into new matches, by writers that each have a connection; with the worker folding when there are totals. */
async function ingest(url: string, batch: number, writers: number, totals: boolean): Promise<{ rate: number; backlog: number; topMs: number }> {
  const database = openDatabase({ url, max: 2, nameStatements: true, onError: () => undefined });
  const logger = createLogger({ level: 'fatal', instanceId: 'bench' });
  const repository = new TotalsRepository({ DATABASE_URL: url }, logger);
  const worker = new TotalsWorker(repository, createMetrics('bench'), logger);
  if (totals) worker.onApplicationBootstrap();
  const kills = statColumn('kills');
  const clients = await Promise.all(Array.from({ length: writers }, async () => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  }));
  const run = `${String(batch)}-${String(writers)}-${totals ? 't' : 'n'}`;
  const until = performance.now() + options.number('seconds') * 1000;
  let written = 0;
  // An object, since the loops below outlive what the compiler sees.
  const work = { running: true };
  const readTimes: number[] = [];
  const reading = (async () => {
    while (work.running && totals && kills) {
      const startedAt = performance.now();
      await database.session((rows) => rows(topPlayersFastSql({ stat: 'kills', game: 'CSGO', limit: 10 }, kills)));
      readTimes.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const startedAt = performance.now();
  await Promise.all(clients.map(async (client, writer) => {
    for (let round = 0; performance.now() < until; round += 1) {
      const match = `in-${run}-${String(writer)}-${String(round)}`;
      await client.query('begin');
      await client.query({ name: 'match', text: `insert into matches (id, tournament_id, game, home_participant_id, away_participant_id, status) values ($1, 'bench-t0', 'CSGO', 'team-0', 'team-1', 'LIVE')`, values: [match] });
      await client.query({
        name: 'lines',
        text: `insert into game_stats (user_id, game, match_id, tournament_id, participant_id, stats)
          select 'bench-p' || p, 'CSGO', $1, 'bench-t0', 'team-0', jsonb_build_object('kills', p % 30, 'deaths', p % 17, 'assists', p % 5, 'headshots', p % 9, 'damage', p % 4000, 'mvpStars', p % 4, 'weapon', 'AWP')
          from (select distinct floor(($4::int) * power(random(), 3))::int as p from generate_series(1, $2::int * 2)) each where $3::int > 0 order by p limit $2`,
        values: [match, batch, 1, 5_000],
      }).then((answer) => (written += answer.rowCount ?? 0));
      await client.query('commit');
    }
  }));
  const rate = (written / (performance.now() - startedAt)) * 1000;
  work.running = false;
  await reading;
  const backlog = totals ? await repository.backlog(1_000_000) : 0;
  await worker.onApplicationShutdown();
  await Promise.all([...clients.map((client) => client.end()), database.close()]);
  return { rate, backlog, topMs: readTimes.length > 0 ? quantile(readTimes, 0.5) : Number.NaN };
}

try {
  for (const rows of options.numbers('rows')) {
    const url = postgres.url(`bench_${String(rows)}`);
    await migrate(url);
    say(`seeding ${String(rows)} rows`);
    await seedRows({ databaseUrl: url, rows, seed: 'bench', progress: () => undefined, step: say });
    say('reading');
    lines.push(`## ${rows.toLocaleString('en')} rows`, '', ...table(['query', 'way', 'server p50 ms', 'round trip p50 ms', 'p99 ms'], await reads(url)));
    if (rows !== options.numbers('rows')[0]) continue;
    say('writing');
    const plain = await withoutTotals(url);
    const result: string[][] = [];
    for (const batch of options.numbers('batches')) {
      for (const writers of options.numbers('writers')) {
        const without = await ingest(plain, batch, writers, false);
        const kept = await ingest(url, batch, writers, true);
        result.push([String(batch), String(writers), without.rate.toFixed(0), kept.rate.toFixed(0), (kept.rate / without.rate).toFixed(2), String(kept.backlog), ms(kept.topMs)]);
        say(result.at(-1)?.join(' | ') ?? '');
      }
    }
    lines.push(`### Ingest into ${rows.toLocaleString('en')} rows: one match and its lines a transaction`, '', ...table(['lines a batch', 'writers', 'lines/s without totals', 'with totals and worker', 'ratio', 'backlog at the end', 'top 10 meanwhile, p50 ms'], result));
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${lines.join('\n')}\n`);
if (options.save) {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  mkdirSync(join('bench', 'results'), { recursive: true });
  writeFileSync(join('bench', 'results', 'analytics.md'), `${lines.join('\n')}\n`);
}
