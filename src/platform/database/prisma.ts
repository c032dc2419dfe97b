/** The connection pool and Prisma's client over it. Owns connections; knows no table. */
import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../../generated/prisma/client.js';
import { OpenLine, streamOf } from './open-line.js';

export { Prisma };

/**
 * How long a call queues for a connection: a burst is worked off, not refused.
 * That PostgreSQL is away is found out by other means and earlier (`Patience`).
 */
const CONNECT_TIMEOUT_MS = 5_000;
/** With the asking, a call is refused before 2 seconds are over. */
const PATIENCE_MS = 900;
const STATEMENT_TIMEOUT_MS = 10_000;
/** PostgreSQL ends every statement so long before: a connection that is silent for longer is not connected any more. */
const SILENCE_MS = 1_000;

/** What a server's connections are called in PostgreSQL's list of them. */
export const SERVER_NAME = 'grandstand';

export type Rows = <Row>(query: Prisma.Sql) => Promise<Row[]>;

export interface Database {
  /** How long a call waits for PostgreSQL before it is asked whether PostgreSQL is there, milliseconds. */
  readonly patienceMs: number;
  readonly client: PrismaClient;
  /** Named statements on one of the same connections without Prisma between, which takes as long as a short query itself. Values are bound as they are. */
  session<T>(work: (rows: Rows) => Promise<T>): Promise<T>;
  /** Connections in use, idle and waited for: the pool's own counts. */
  pool(): { total: number; idle: number; waiting: number };
  /** Whether PostgreSQL answers, now. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * `nameStatements`: PostgreSQL plans each text once a connection instead of once a call, whatever it is asked with: planning
 * takes longer than a ranking. For a bounded set of texts. `statementTimeoutMs`: longer than a request waits, for work that
 * nobody waits for.
 */
export function openDatabase(options: { url: string; max: number; patienceMs?: number; statementTimeoutMs?: number; nameStatements?: boolean; onError: (error: Error) => void }): Database {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: SERVER_NAME,
    ...(options.nameStatements ? { options: '-c jit=off', verify: planOnce } : {}),
  });
  // An idle connection that dies (PostgreSQL restarted) is an event of the pool; unheard it would end the process.
  pool.on('error', options.onError);
  const line = new OpenLine(options.url);
  pool.on('connect', (connected) => {
    // The pool listens to idle connections, Prisma to those of transactions; in between, an error that nobody
    // hears ends the process. The chaos suite found the moment, when PostgreSQL was killed.
    connected.on('error', options.onError);
    dropWhenSilent(connected, statementTimeoutMs + SILENCE_MS);
    line.listen(connected);
  });
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false, ...(options.nameStatements ? { statementNameGenerator: ({ sql }) => nameOf(sql) } : {}) }) });
  return {
    client,
    session: async (work) => {
      const connected = await pool.connect();
      let whole = false;
      try {
        const result = await work(async <Row>({ text, values }: Prisma.Sql) => (await connected.query<Row & pg.QueryResultRow>({ name: nameOf(text), text, values })).rows);
        whole = true;
        return result;
      } finally {
        // One that failed may be in the middle of a transaction.
        connected.release(!whole);
      }
    },
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    answers: () => line.answers(),
    close: async () => {
      line.close();
      await client.$disconnect();
      await pool.end();
    },
  };
}

/** Whether Citus plans here: a migrated database has it from `npm run db:distribute` on (prisma/citus/distribute.sql). */
export const hasCitusSql = Prisma.sql`select exists (select from pg_extension where extname = 'citus') as yes`;

/**
 * Makes a new connection keep its plans for all values, where it is PostgreSQL that plans. Citus cannot plan a statement for
 * several nodes without its values: asked to, it refuses it when it is run (test/distribute.test.ts).
 */
function planOnce(connected: pg.PoolClient, done: (error?: Error) => void): void {
  connected.query(`select set_config('plan_cache_mode', 'force_generic_plan', false) from (${hasCitusSql.text}) citus where not yes`, done);
}

const names = new Map<string, string>();
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) names.set(sql, (name = createHash('sha256').update(sql).digest('base64url').slice(0, 22)));
  return name;
}

/** Ends a connection on which a query stays unanswered; what waits on it fails, and the pool makes a new one. */
function dropWhenSilent(client: pg.PoolClient, silenceMs: number): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]): unknown => {
    const timer = setTimeout(() => {
      // pg's `end` would wait its turn behind the very query that is not answered.
      streamOf(client).destroy();
    }, silenceMs);
    timer.unref();
    const stop = (): void => {
      clearTimeout(timer);
    };
    // The pool asks with a callback, Prisma's transactions with a promise.
    const callback = given.at(-1);
    if (typeof callback === 'function') {
      given[given.length - 1] = (...results: unknown[]): void => {
        stop();
        (callback as (...results: unknown[]) => void)(...results);
      };
    }
    const answer = query(...given);
    if (answer instanceof Promise) answer.then(stop, stop);
    return answer;
  };
  client.query = watched as typeof client.query;
}

export const DATABASE = Symbol('database');
