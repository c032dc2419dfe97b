/**
 * A connection kept open for one question: is PostgreSQL there? A new one for
 * each question would log in first, and a login computes hashes in the very
 * threads that passwords are hashed in: twenty people who register at once
 * would look like an outage. Guarded by test/rest-users.test.ts.
 */
import type { Duplex } from 'node:stream';
import pg from 'pg';

/** How long the answer may take. */
const ANSWER_MS = 1_000;
/** A timer this late: the event loop has more to do than to listen for an answer. */
const BUSY_MS = 100;

interface Wired {
  connection: { stream: Duplex };
}
export const streamOf = (client: pg.ClientBase): Duplex => (client as unknown as Wired).connection.stream;

export class OpenLine {
  private line: Promise<pg.Client> | undefined;
  private heardAt = -Infinity;

  constructor(private readonly url: string) {}

  /** Takes whatever comes over this connection for a sign of life: a server that works hard answers late, one that stands still says nothing at all. */
  listen(client: pg.ClientBase): void {
    streamOf(client).on('data', () => {
      this.heardAt = performance.now();
    });
  }

  /** Whether PostgreSQL says anything in time. The line is hung up when not: the next question dials anew. */
  async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const begun = performance.now();
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        // A timer that is itself late says that this process is busy, and nothing about PostgreSQL.
        resolve(this.heardAt >= begun || performance.now() - begun > ANSWER_MS + BUSY_MS);
      }, ANSWER_MS);
    });
    const asked = this.ask().then(
      () => true,
      () => false,
    );
    const answered = await Promise.race([asked, late]);
    clearTimeout(timer);
    if (!answered) this.hangUp();
    return answered;
  }

  close(): void {
    this.hangUp();
  }

  private async ask(): Promise<void> {
    if (!this.line) {
      const line = this.dial(() => {
        if (this.line === line) this.line = undefined;
      });
      this.line = line;
    }
    await (await this.line).query('select 1');
  }

  private async dial(onEnd: () => void): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5 * ANSWER_MS, application_name: 'grandstand-open-line', keepAlive: true });
    // A line that breaks between two questions is dialled again by the next; unheard, its error would end the process.
    client.on('error', () => undefined);
    client.on('end', onEnd);
    this.listen(client);
    await client.connect();
    return client;
  }

  private hangUp(): void {
    const { line } = this;
    this.line = undefined;
    line?.then(
      // pg's `end` would wait its turn behind a question that is not answered.
      (client) => streamOf(client).destroy(),
      () => undefined,
    );
  }
}
