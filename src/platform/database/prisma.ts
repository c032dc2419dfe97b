/** The connection pool and Prisma's client over it. Owns connections; knows no table. */
import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.js';

export type { Prisma } from '../../generated/prisma/client.js';

/** A post that cannot reach PostgreSQL is answered 503 within 2 seconds: these bounds add up to less. */
const CONNECT_TIMEOUT_MS = 1_200;
const STATEMENT_TIMEOUT_MS = 10_000;

export interface Database {
  readonly client: PrismaClient;
  /** Connections in use, idle and waited for: the pool's own counts. */
  pool(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
}

/** `nameStatements`: PostgreSQL plans each text once a connection instead of once a call. For a bounded set of texts. */
export function openDatabase(options: { url: string; max: number; nameStatements?: boolean; onError: (error: Error) => void }): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'grandstand',
  });
  // An idle connection that dies (PostgreSQL restarted) is an event of the pool; unheard it would end the process.
  pool.on('error', options.onError);
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false, ...(options.nameStatements ? { statementNameGenerator: ({ sql }) => nameOf(sql) } : {}) }) });
  return {
    client,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: async () => {
      await client.$disconnect();
      await pool.end();
    },
  };
}

const names = new Map<string, string>();
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) names.set(sql, (name = createHash('sha256').update(sql).digest('base64url').slice(0, 22)));
  return name;
}

export const DATABASE = Symbol('database');
