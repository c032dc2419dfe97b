/**
 * How long a call waits for PostgreSQL. A server that stands still (a paused
 * container, a cable pulled out) keeps its connections open and says nothing,
 * so nothing fails by itself. Whoever has waited a second is not refused for
 * that, since a ranking may take longer, but asks on a line of its own whether
 * anybody is there. Guarded by test/rest-outage.test.ts.
 */
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Refusal } from '../../contracts/refusal.js';
import { DATABASE, type Database } from './prisma.js';

const RETRY_AFTER = 1;

@Injectable()
export class Patience implements OnApplicationBootstrap {
  private asking: Promise<boolean> | undefined;

  constructor(@Inject(DATABASE) private readonly database: Pick<Database, 'answers' | 'patienceMs'>) {}

  /** Opens the line before it is needed. */
  onApplicationBootstrap(): void {
    void this.answers();
  }

  /** The work's own result, or `UNAVAILABLE` once PostgreSQL is found not to answer. */
  async during<T>(work: Promise<T>): Promise<T> {
    // Settled means over, well or not: what it came to is the last line's affair.
    const settled = work.then(
      () => true,
      () => true,
    );
    while (!(await within(this.database.patienceMs, settled))) {
      if (await Promise.race([settled, this.answers()])) continue;
      throw new Refusal('UNAVAILABLE', 'The database does not answer; this request may still be carried out when it does: send it again, with an Idempotency-Key if it must not count twice', undefined, RETRY_AFTER);
    }
    return work;
  }

  /** Many who wait ask once. */
  private answers(): Promise<boolean> {
    this.asking ??= this.database.answers().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }
}

async function within(ms: number, settled: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
