import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../platform/database/prisma.js';

@Injectable()
export class HealthRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Throws when PostgreSQL does not answer. On a line of its own: a pool that is busy is not a database that is away. */
  async ping(): Promise<void> {
    if (!(await this.database.answers())) throw new Error('PostgreSQL does not answer');
  }

  pool(): { total: number; idle: number; waiting: number } {
    return this.database.pool();
  }
}
