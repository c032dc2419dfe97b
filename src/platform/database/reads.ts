/**
 * Where analytics are read: a replica if `DATABASE_REPLICA_URL` names one and it answers, else the primary. Connections of
 * their own, so that a slow ranking never keeps a score waiting for one, and statements with names, so that they are
 * planned once.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Prisma } from '../../generated/prisma/client.js';
import { CONFIG, type Config } from '../../config/env.js';
import { errorFields, LOGGER, type Logger } from '../logging/logger.js';
import { openDatabase, type Database, type Rows } from './prisma.js';
import { Replica, type Read } from './replica.js';

@Injectable()
export class ReadDatabase implements OnApplicationShutdown {
  private readonly primary: Database;
  private readonly replica: Replica | null;

  constructor(@Inject(CONFIG) config: Config, @Inject(LOGGER) logger: Logger) {
    const open = (url: string): Database =>
      openDatabase({
        url,
        // One more than long rankings take of them, at least (src/modules/analytics/analytics.repository.ts).
        max: Math.max(4, Math.ceil(config.DATABASE_POOL / 2)),
        patienceMs: config.DATABASE_PATIENCE_MS,
        nameStatements: true,
        onError: (error) => {
          logger.warn({ event: 'read_database_connection_lost', ...errorFields(error) });
        },
      });
    this.primary = open(config.DATABASE_URL);
    this.replica = config.DATABASE_REPLICA_URL === undefined ? null : new Replica(open(config.DATABASE_REPLICA_URL), logger);
  }

  /** Each query is of its own moment. `work` may be begun again, elsewhere. */
  async read<T>(work: (rows: Rows) => Promise<T>): Promise<Read<T>> {
    return (await this.replica?.read(work)) ?? { value: await this.primary.session(work), replayed: null };
  }

  /** The same for what may be missing: what a replica has not heard of yet is looked for on the primary. */
  async find<T>(work: (rows: Rows) => Promise<T | null>): Promise<Read<T | null>> {
    const found = await this.read(work);
    return found.value === null && found.replayed ? { value: await this.fromPrimary(work), replayed: null } : found;
  }

  /** For what must not be older than what was last committed. */
  async fromPrimary<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    return this.primary.session(work);
  }

  /** How far a replica has to be to have all that is committed now, in bytes of the log. */
  async position(): Promise<string | undefined> {
    const [row] = await this.fromPrimary((rows) => rows<{ position: string }>(Prisma.sql`select (pg_current_wal_insert_lsn() - '0/0')::text as position`));
    return row?.position;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.primary.close(), this.replica?.close()]);
  }
}

/** Several queries on one snapshot: their numbers are of the same moment. */
export const atOneMoment =
  <T>(work: (rows: Rows) => Promise<T>) =>
  async (rows: Rows): Promise<T> => {
    await rows(Prisma.sql`begin isolation level repeatable read read only`);
    await rows(Prisma.sql`set local transaction_timeout = 9000`);
    const value = await work(rows);
    await rows(Prisma.sql`commit`);
    return value;
  };
