/**
 * A hot standby that is read while it answers. Owns how far it is and whether it is there; what it cannot answer is asked
 * of the primary. Guarded by test/analytics-replica.test.ts.
 */
import { Prisma } from '../../generated/prisma/client.js';
import { Refusal } from '../../contracts/refusal.js';
import { errorFields, type Logger } from '../logging/logger.js';
import { isOutage, sqlState } from './outage.js';
import { Patience } from './patience.js';
import type { Database, Rows } from './prisma.js';

/** How far a replica was before it was read: the answer holds at least that. */
export interface Replayed {
  /** In bytes of the log; null: it does not replay one. */
  position: string | null;
  /** When the last commit that it replayed was made; null: none since it was started. */
  at: string | null;
}

export interface Read<T> {
  value: T;
  /** null: read from the primary. */
  replayed: Replayed | null;
}

const AGAIN_MS = 1_000;
/** A statement or a transaction that took longer than any may: it would on the primary, too. */
const TOOK_TOO_LONG = ['57014', '25P04'];

export class Replica {
  private readonly patience: Patience;
  /** Set while it is away. */
  private again: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {
    this.patience = new Patience(database);
  }

  /** null: it is away or failed, such as by a row's cleanup that it had to replay before the query was done. */
  async read<T>(work: (rows: Rows) => Promise<T>): Promise<Read<T> | null> {
    if (this.again) return null;
    try {
      return await this.patience.during(this.database.session(async (rows) => ({ replayed: await replayedBy(rows), value: await work(rows) })));
    } catch (error) {
      if (TOOK_TOO_LONG.includes(sqlState(error) ?? '')) throw error;
      if (error instanceof Refusal || isOutage(error)) this.leave(error);
      else this.logger.warn({ event: 'replica_read_failed', ...errorFields(error) });
      return null;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    await this.database.close();
  }

  /** Until it answers again, nobody waits to find out that it does not. */
  private leave(error: unknown): void {
    if (this.again || this.closed) return;
    this.logger.warn({ event: 'replica_away', ...errorFields(error) });
    this.lookAgain();
  }

  private lookAgain(): void {
    this.again = setTimeout(() => {
      void this.database.answers().then((answers) => {
        if (this.closed) return;
        if (!answers) {
          this.lookAgain();
          return;
        }
        this.again = undefined;
        this.logger.info({ event: 'replica_back' });
      });
    }, AGAIN_MS).unref();
  }
}

/** A statement of its own, on the connection that is read from, before the first snapshot: whoever comes later sees at least that, also where one address stands for several standbys. */
async function replayedBy(rows: Rows): Promise<Replayed> {
  const [row] = await rows<{ position: string | null; at: Date | null }>(
    Prisma.sql`select (pg_last_wal_replay_lsn() - '0/0')::text as position, pg_last_xact_replay_timestamp() as at`,
  );
  return { position: row?.position ?? null, at: row?.at?.toISOString() ?? null };
}

/** Of two reads that make one answer. */
export function earlier(one: Replayed | null, other: Replayed | null): Replayed | null {
  if (!one || !other) return one ?? other;
  return (one.at ?? '') < (other.at ?? '') ? one : other;
}
