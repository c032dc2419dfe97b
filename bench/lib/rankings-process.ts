/** What an instance does with rankings, in a process of its own: it reads them, and folds while lines are written. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../src/config/env.js';
import { AnalyticsRepository } from '../../src/modules/analytics/analytics.repository.js';
import { TotalsRepository } from '../../src/modules/analytics/totals.repository.js';
import { TotalsWorker } from '../../src/modules/analytics/totals-worker.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { ReadDatabase } from '../../src/platform/database/reads.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { createMetrics } from '../../src/platform/metrics/metrics.js';
import { serveCalls } from './calls.js';
import { quantile } from './figures.js';

/** Round trips in milliseconds. */
export interface Times {
  p50: number;
  p99: number;
}
export type Timed = Record<string, Times>;

const logger = createLogger({ level: 'fatal', instanceId: 'bench' });
/** A process that was just started is not compiled yet, and a connection plans what it is asked for the first time. */
const FIRST_ROUNDS = 300;

interface Open {
  reads: ReadDatabase;
  totals: TotalsRepository;
  worker: TotalsWorker | null;
}
let open: Open;
let reading: Promise<Timed> | undefined;
/** An object, since the loop below outlives what the compiler sees. */
const work = { reading: false };

/** What is asked in turn; `select 1` is what asking costs. */
function questions(reads: ReadDatabase, ranked: boolean): [string, () => Promise<unknown>][] {
  const analytics = new AnalyticsRepository(reads);
  return [
    ['select 1', () => reads.read((rows) => rows(Prisma.sql`select 1`))],
    ...(ranked
      ? ([
          ['top 10 by kills, CSGO', () => analytics.topPlayers({ stat: 'kills', game: 'CSGO', limit: 10 })],
          ['top 10 by kills, all games', () => analytics.topPlayers({ stat: 'kills', limit: 10 })],
          ['KDA of the most active player', () => analytics.playerKda('bench-p0', {})],
          ['leaderboard, 100 rows, CSGO', () => analytics.leaderboard({ game: 'CSGO', minMatches: 5, limit: 100 })],
        ] satisfies [string, () => Promise<unknown>][])
      : []),
  ];
}

async function ask(questions: [string, () => Promise<unknown>][], goesOn: (round: number) => boolean, betweenMs: number): Promise<Timed> {
  const times = new Map<string, number[]>(questions.map(([name]) => [name, []]));
  for (let round = 0; goesOn(round); round += 1) {
    for (const [name, question] of questions) {
      const startedAt = performance.now();
      await question();
      times.get(name)?.push(performance.now() - startedAt);
      if (betweenMs > 0) await pause(betweenMs);
    }
  }
  return Object.fromEntries([...times].map(([name, each]) => [name, { p50: quantile(each, 0.5), p99: quantile(each, 0.99) }]));
}

const rankings = {
  /** `fold`: with the worker that keeps the totals. */
  open(url: string, fold: boolean): void {
    const config = { DATABASE_URL: url, DATABASE_POOL: 4, DATABASE_PATIENCE_MS: 60_000, LONG_TRANSACTION_MS: 60_000 } as Config;
    const totals = new TotalsRepository(config, logger);
    const worker = fold ? new TotalsWorker(totals, config, createMetrics('bench'), logger) : null;
    worker?.onApplicationBootstrap();
    open = { reads: new ReadDatabase(config, logger), totals, worker };
  },
  /** Each ranking so often, one after the other. */
  async times(samples: number): Promise<Timed> {
    const times: Timed = {};
    for (const question of questions(open.reads, true)) {
      await ask([question], (round) => round < FIRST_ROUNDS, 0);
      Object.assign(times, await ask([question], (round) => round < samples, 0));
    }
    return times;
  },
  /** From now on, until `stop`, with pauses. */
  async read(ranked: boolean, betweenMs: number): Promise<void> {
    const asked = questions(open.reads, ranked);
    await ask(asked, (round) => round < FIRST_ROUNDS, 0);
    work.reading = true;
    reading = ask(asked, () => work.reading, betweenMs);
  },
  async stop(): Promise<{ times: Timed; backlog: number }> {
    work.reading = false;
    const times = (await reading) ?? {};
    return { times, backlog: open.worker ? await open.totals.backlog(1_000_000) : 0 };
  },
  async close(): Promise<void> {
    await (open.worker ? open.worker.onApplicationShutdown() : open.totals.close());
    await open.reads.onApplicationShutdown();
  },
};
export type Rankings = typeof rankings;

serveCalls(rankings);
