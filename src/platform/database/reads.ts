/**
 * Where analytics are read: a replica if `DATABASE_REPLICA_URL` names one, else the primary. Connections of their own, so
 * that a slow ranking never keeps a score waiting for one, and statements with names, so that they are planned once.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/env.js';
import { errorFields, LOGGER, type Logger } from '../logging/logger.js';
import { openDatabase, type Database, type Prisma } from './prisma.js';

@Injectable()
export class ReadDatabase implements OnApplicationShutdown {
  /** True when what is read may be older than what was last committed. */
  readonly isReplica: boolean;
  private readonly database: Database;

  constructor(@Inject(CONFIG) config: Config, @Inject(LOGGER) logger: Logger) {
    this.isReplica = config.DATABASE_REPLICA_URL !== undefined;
    this.database = openDatabase({
      url: config.DATABASE_REPLICA_URL ?? config.DATABASE_URL,
      max: Math.max(2, Math.ceil(config.DATABASE_POOL / 2)),
      nameStatements: true,
      onError: (error) => {
        logger.warn({ event: 'read_database_connection_lost', ...errorFields(error) });
      },
    });
  }

  async rows<Row>(query: Prisma.Sql): Promise<Row[]> {
    return this.database.client.$queryRaw<Row[]>(query);
  }

  /** The same for the shortest ones: `Database.prepared`. */
  async prepared<Row>(query: Prisma.Sql): Promise<Row[]> {
    return this.database.prepared<Row>(query);
  }

  /** Several queries on one snapshot: their numbers are of the same moment. */
  async atOneMoment<T>(read: (rows: <Row>(query: Prisma.Sql) => Promise<Row[]>) => Promise<T>): Promise<T> {
    return this.database.client.$transaction((tx) => read((query) => tx.$queryRaw(query)), { isolationLevel: 'RepeatableRead', timeout: 9_000 });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
