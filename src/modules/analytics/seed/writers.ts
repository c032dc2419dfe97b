/** Who writes a seed's rows: several connections, each of which takes the next piece of the work. */
import { availableParallelism } from 'node:os';
import pg from 'pg';
import { linesSql, matchesSql, SEEDED_GAMES, type SeedSize, type TableOf } from './season.js';

export interface SeedPlan {
  databaseUrl: string;
  /** Stat lines. */
  rows: number;
  seed: string;
  progress: (done: number) => void;
  /** Called with what comes next, once the lines are written. */
  step: (what: string) => void;
}

const WRITERS = Math.min(4, availableParallelism());
/** As many matches at a time: half a second of work, so that the bar moves. */
const CHUNK = 4_000;

/** Plans for millions of rows: compiling them takes a second and gains none of it back. */
export const SETTINGS = `set synchronous_commit = off; set jit = off; set work_mem = '128MB'; set maintenance_work_mem = '512MB'`;

export async function run(client: pg.ClientBase, { text, values }: { text: string; values: unknown[] }): Promise<number> {
  return (await client.query(text, values)).rowCount ?? 0;
}

export async function inParallel<Work>(databaseUrl: string, work: Iterable<Work>, perform: (client: pg.Client, piece: Work) => Promise<void>): Promise<void> {
  const queue = work[Symbol.iterator]();
  const writers = Array.from({ length: WRITERS }, () => new pg.Client({ connectionString: databaseUrl, application_name: 'grandstand-seed' }));
  // What is lost is told by the query that fails with it.
  for (const writer of writers) writer.on('error', () => undefined);
  try {
    await Promise.all(writers.map(async (writer) => {
      await writer.connect();
      await writer.query(SETTINGS);
      for (let next = queue.next(); next.done !== true; next = queue.next()) await perform(writer, next.value);
    }));
  } finally {
    await Promise.allSettled(writers.map((writer) => writer.end()));
  }
}

function* chunksOf(matches: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < matches; from += CHUNK) yield { from, to: Math.min(from + CHUNK, matches) - 1 };
}

/** The matches with their lines; returns how many of these. */
export async function writeLines(databaseUrl: string, size: SeedSize, { tableOf, linesOf, progress }: { tableOf: TableOf; linesOf: (game: string) => string; progress: (done: number) => void }): Promise<number> {
  let lines = 0;
  await inParallel(databaseUrl, chunksOf(size.matches), async (writer, { from, to }) => {
    await run(writer, matchesSql(tableOf, size, from, to));
    for (const game of SEEDED_GAMES) {
      const written = await run(writer, linesSql(linesOf(game), game, size, from, to));
      lines += written;
    }
    progress(lines);
  });
  return lines;
}
