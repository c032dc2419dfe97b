/**
 * Rankings raw and fast, and what keeping totals costs who writes: on a PostgreSQL of its own, seeded with `--rows`.
 * Everything compared was measured in one run, taking turns, since a machine's mood changes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { AnalyticsRepository } from '../src/modules/analytics/analytics.repository.js';
import { leaderboardFastSql, leaderboardFoldedSql, leaderboardSql } from '../src/modules/analytics/queries/leaderboard.js';
import { playerKdaFastSql, playerKdaFoldedSql, playerKdaSql } from '../src/modules/analytics/queries/player-kda.js';
import { statColumn } from '../src/modules/analytics/queries/ranked-stats.js';
import { seedRows } from '../src/modules/analytics/seed/seed-rows.js';
import { topPlayersFastSql, topPlayersFoldedSql, topPlayersSql } from '../src/modules/analytics/queries/top-players.js';
import { startPostgres } from '../src/parts/postgres.js';
import { migrate } from '../src/platform/database/migrate.js';
import { openDatabase, type Rows } from '../src/platform/database/prisma.js';
import { forkCalls } from './lib/calls.js';
import { median, quantile } from './lib/figures.js';
import { optionsOf } from './lib/options.js';
import type { Rankings, Timed } from './lib/rankings-process.js';
import { header, publish, say, table } from './lib/report.js';

/** A query that takes longer is asked once, not again and again. */
const LONG_MS = 5_000;
const RAW_SAMPLES = 7;

type Sql = ReturnType<typeof topPlayersSql>;
const options = optionsOf('bench:analytics', { rows: '100000,1000000', batches: '1,100,1000', writers: '1,8,32', seconds: '3', pairs: '3', samples: '1000', paces: '100,1000,5000' });
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
  const pairs: [string, Sql, Sql, Sql][] = [
    ['top 10 by kills, CSGO', topPlayersSql({ stat: 'kills', game: 'CSGO', limit: 10 }), topPlayersFoldedSql({ stat: 'kills', game: 'CSGO', limit: 10 }, kills), topPlayersFastSql({ stat: 'kills', game: 'CSGO', limit: 10 }, kills)],
    ['top 10 by kills, all games', topPlayersSql({ stat: 'kills', limit: 10 }), topPlayersFoldedSql({ stat: 'kills', limit: 10 }, kills), topPlayersFastSql({ stat: 'kills', limit: 10 }, kills)],
    ['KDA of the most active player', playerKdaSql('bench-p0', {}), playerKdaFoldedSql('bench-p0', undefined), playerKdaFastSql('bench-p0', undefined)],
    ['leaderboard, 100 rows, CSGO', leaderboardSql({ game: 'CSGO', minMatches: 5, limit: 100 }), leaderboardFoldedSql({ game: 'CSGO', minMatches: 5, limit: 100 }), leaderboardFastSql({ game: 'CSGO', minMatches: 5, limit: 100 })],
  ];
  const roundTrips = async (run: () => Promise<unknown>, samples: number): Promise<number[]> => {
    const times: number[] = [];
    while (times.length < samples && !times.some((each) => each > LONG_MS)) {
      const startedAt = performance.now();
      await run();
      times.push(performance.now() - startedAt);
    }
    return times;
  };
  const server = async ({ text, values }: Sql): Promise<number> => {
    const times: number[] = [];
    while (times.length < 5 && !times.some((each) => each > LONG_MS)) {
      const { rows } = await client.query<{ 'QUERY PLAN': { 'Execution Time': number }[] }>(`explain (analyze, timing off, format json) ${text}`, values);
      times.push(rows[0]?.['QUERY PLAN'][0]?.['Execution Time'] ?? Number.NaN);
    }
    return quantile(times, 0.5);
  };
  const result: string[][] = [];
  const row = async (name: string, way: string, run: () => Promise<unknown>, samples: number, sql: Sql | null): Promise<void> => {
    const first = await roundTrips(run, samples > RAW_SAMPLES ? 10 : 1);
    const times = first.some((each) => each > LONG_MS) ? first : await roundTrips(run, samples);
    result.push([name, way, sql ? ms(await server(sql)) : '', ms(quantile(times, 0.5)), ms(quantile(times, 0.99))]);
  };
  const instance = forkCalls<Rankings>('rankings-process');
  await instance.call.open(url, false);
  const answers = await instance.call.times(options.number('samples'));
  await instance.call.close();
  await instance.stop();
  result.push(['select 1', 'what asking takes', '', ms(answers['select 1']?.p50 ?? Number.NaN), ms(answers['select 1']?.p99 ?? Number.NaN)]);
  for (const [name, raw, folded, fast] of pairs) {
    // On a connection that lets a statement take longer than a server does.
    await row(name, 'raw', () => client.query(raw.text, raw.values), RAW_SAMPLES, raw);
    result.push(['', 'as a server answers', ms(await server(folded)), ms(answers[name]?.p50 ?? Number.NaN), ms(answers[name]?.p99 ?? Number.NaN)]);
    await row('', 'looking for unfolded rows', () => database.session((rows) => rows(fast)), options.number('samples'), fast);
  }
  const repository = new AnalyticsRepository({ read: async <T>(work: (rows: Rows) => Promise<T>) => ({ value: await database.session(work), replayed: null }) } as unknown as ConstructorParameters<typeof AnalyticsRepository>[0]);
  for (const champion of ['Yasuo', 'Riven']) await row(`contains champion ${champion}, page of 50`, 'search', () => repository.search({ contains: { champion }, limit: 50, after: null }), 30, null);
  await client.end();
  await database.close();
  return result;
}

const ROUNDS = 7;

/** Sizes that are measured minutes apart differ by the machine's mood more than by their rows. */
async function growth(urls: readonly string[]): Promise<string[][]> {
  const instances = await Promise.all(urls.map(async (url) => {
    const instance = forkCalls<Rankings>('rankings-process');
    // What the writers left is folded first.
    await instance.call.open(url, true);
    return instance;
  }));
  const rounds: Timed[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times: Timed[] = [];
    for (const { call } of instances) times.push(await call.times(options.number('samples')));
    rounds.push(times);
  }
  for (const instance of instances) {
    await instance.call.close();
    await instance.stop();
  }
  return Object.keys(rounds[0]?.[0] ?? {}).map((name) => {
    const p50s = urls.map((_, size) => median(rounds.map((times) => times[size]?.[name]?.p50 ?? Number.NaN)));
    return [name, ...p50s.map(ms), ((p50s.at(-1) ?? Number.NaN) / (p50s[0] ?? Number.NaN)).toFixed(2)];
  });
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

interface Ingest {
  /** Lines of one match, written by one transaction. */
  batch: number;
  writers: number;
  /** Lines a second of all writers; undefined: as many as they can. */
  pace?: number;
}

interface Ingested {
  /** Lines a second. */
  rate: number;
  backlog: number;
  times: Timed;
}

/** Lines into new matches, by writers that each have a connection; an instance of its own process reads rankings meanwhile, and folds when there are totals. */
async function ingest(url: string, { batch, writers, pace }: Ingest, totals: boolean): Promise<Ingested> {
  const instance = forkCalls<Rankings>('rankings-process');
  await instance.call.open(url, totals);
  const clients = await Promise.all(Array.from({ length: writers }, async () => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  }));
  // A reader without pauses would be one more writer's worth of load.
  await instance.call.read(totals, pace === undefined ? 50 : 0);
  const run = String(Date.now());
  const begun = performance.now();
  const until = begun + options.number('seconds') * 1000;
  let written = 0;
  await Promise.all(clients.map(async (client, writer) => {
    for (let round = 0; performance.now() < until; round += 1) {
      if (pace !== undefined) await pause(Math.max(0, begun + ((round + writer / writers) * batch * writers * 1000) / pace - performance.now()));
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
  const rate = (written / (performance.now() - begun)) * 1000;
  const { times, backlog } = await instance.call.stop();
  await instance.call.close();
  await Promise.all([instance.stop(), ...clients.map((client) => client.end())]);
  return { rate, backlog, times };
}

try {
  for (const rows of options.numbers('rows')) {
    const url = postgres.url(`bench_${String(rows)}`);
    await migrate(url);
    say(`seeding ${String(rows)} rows`);
    await seedRows({ databaseUrl: url, rows, seed: 'bench', progress: () => undefined, step: say });
    say('reading');
    lines.push(`## ${rows.toLocaleString('en')} rows`, '', ...table(['query', 'way', 'server p50 ms', 'round trip p50 ms', 'p99 ms'], await reads(url)));
    if (options.number('pairs') === 0 || rows !== options.numbers('rows')[0]) continue;
    say('writing');
    const plain = await withoutTotals(url);
    const result: string[][] = [];
    for (const batch of options.numbers('batches')) {
      for (const writers of options.numbers('writers')) {
        const [without, kept]: [Ingested[], Ingested[]] = [[], []];
        for (let pair = 0; pair < options.number('pairs'); pair += 1) {
          without.push(await ingest(plain, { batch, writers }, false));
          kept.push(await ingest(url, { batch, writers }, true));
        }
        const rate = (of: readonly Ingested[]): string => median(of.map((each) => each.rate)).toFixed(0);
        const asked = (of: readonly Ingested[], name: string): string => ms(median(of.map((each) => each.times[name]?.p50 ?? Number.NaN)));
        const ratios = kept.map((each, pair) => each.rate / (without[pair]?.rate ?? Number.NaN));
        result.push([
          String(batch), String(writers), rate(without), rate(kept), median(ratios).toFixed(2), ratios.map((ratio) => ratio.toFixed(2)).join(' / '), kept.map((each) => each.backlog).join(' / '),
          asked(without, 'select 1'), asked(kept, 'select 1'), asked(kept, 'top 10 by kills, CSGO'),
        ]);
        say(result.at(-1)?.join(' | ') ?? '');
      }
    }
    lines.push(`### Ingest into ${rows.toLocaleString('en')} rows: one match and its lines a transaction`, '', ...table(['lines a batch', 'writers', 'lines/s without totals', 'with totals and worker', 'ratio', 'pairs', 'backlog at the end', '`select 1` meanwhile without totals, p50 ms', 'with', 'top 10 meanwhile, p50 ms'], result));
    const paced: string[][] = [];
    for (const pace of options.numbers('paces')) {
      const { rate, times } = await ingest(url, { batch: 10, writers: 8, pace }, true);
      paced.push([rate.toFixed(0), ...Object.values(times).map(({ p50, p99 }) => `${ms(p50)} / ${ms(p99)}`)]);
      say(paced.at(-1)?.join(' | ') ?? '');
    }
    lines.push('### Reads while ten lines a match are written at a steady pace by 8 writers: p50 / p99 ms', '', ...table(['lines/s', 'select 1', 'top 10, CSGO', 'top 10, all games', 'KDA', 'leaderboard of 100'], paced));
  }
  const sizes = options.numbers('rows');
  if (sizes.length > 1) {
    say('comparing the sizes');
    const urls = sizes.map((rows) => postgres.url(`bench_${String(rows)}`));
    lines.push('## The same questions of each size in turn, as a server answers: p50 ms, medians of 7 rounds', '', ...table(['query', ...sizes.map((rows) => `${rows.toLocaleString('en')} rows`), 'last to first'], await growth(urls)));
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
publish('analytics', lines, options.save);
