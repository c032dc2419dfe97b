import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../platform/database/prisma.js';

@Injectable()
export class HealthRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Throws when PostgreSQL does not answer. */
  async ping(): Promise<void> {
    await this.database.client.$queryRaw`select 1`;
  }

  pool(): { total: number; idle: number; waiting: number } {
    return this.database.pool();
  }
}
