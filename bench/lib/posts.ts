/** Organizers who post scores over REST, at a rate or as fast as they are answered. */
import { Agent, request } from 'node:http';
import { API_PREFIX } from '../../src/contracts/api.js';

export interface Posted {
  matchId: string;
  seq: number;
  /** Unix milliseconds with fractions. */
  sentAt: number;
  answeredAt: number;
}

export const unixMs = (): number => performance.timeOrigin + performance.now();

export class Posters {
  readonly posted: Posted[] = [];
  failed = 0;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly ports: readonly number[],
    private readonly token: string,
    private readonly matchIds: readonly string[],
  ) {}

  /** `atOnce` organizers, each with its own matches, each posting when its last post was answered, until `until`. */
  async flatOut(atOnce: number, until: number): Promise<void> {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, organizer) => {
        const own = this.matchIds.filter((__, index) => index % atOnce === organizer);
        for (let turn = 0; Date.now() < until; turn += 1) await this.post(own[turn % own.length] ?? '', organizer);
      }),
    );
  }

  /** So many a second until `until`, whether answered or not; resolves when all are answered. */
  async atRate(perSecond: number, until: number): Promise<void> {
    const begun = Date.now();
    const open: Promise<void>[] = [];
    for (let sent = 0; Date.now() < until; sent += 1) {
      const wait = begun + (sent * 1000) / perSecond - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      open.push(this.post(this.matchIds[sent % this.matchIds.length] ?? '', sent));
    }
    await Promise.all(open);
  }

  private post(matchId: string, turn: number): Promise<void> {
    const sentAt = unixMs();
    const body = JSON.stringify({ homeScore: turn % 100, awayScore: turn % 7 });
    return new Promise((resolve) => {
      const call = request(
        { host: '127.0.0.1', port: this.ports[turn % this.ports.length], agent: this.agent, method: 'PUT', path: `${API_PREFIX}/matches/${matchId}/score`, headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            if (response.statusCode === 200) this.posted.push({ matchId, seq: (JSON.parse(text) as { seq: number }).seq, sentAt, answeredAt: unixMs() });
            else this.failed += 1;
            resolve();
          });
        },
      );
      call.on('error', () => {
        this.failed += 1;
        resolve();
      });
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
