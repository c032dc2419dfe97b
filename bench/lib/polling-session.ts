/**
 * A spectator on HTTP long-polling that holds no connection between two polls:
 * Engine.IO keeps its session until a ping was left unanswered for the ping
 * timeout. Whoever has few files and needs many sockets polls sessions in turn,
 * over connections that they share.
 */
import { request, type Agent } from 'node:http';
import { NAMESPACE } from '../../src/contracts/room.js';
import type { Place } from './lean-socket.js';
import type { Tally } from './tally.js';
import type { Answer } from './wire.js';

/** Between the packets of one answer to a poll. */
const SEPARATOR = '\x1e';
const CHATTER = new Set(['heartbeat', 'viewers']);

export class PollingSession {
  seq = -1;
  matchId: string | undefined;
  connected = false;
  private path = '/socket.io/?EIO=4&transport=polling';
  private answer: Answer | undefined;

  constructor(
    private readonly tally: Tally,
    private readonly agent: Agent,
    private readonly place: Omit<Place, 'token'>,
  ) {}

  async open(): Promise<void> {
    const opened = await this.call();
    this.path += `&sid=${(JSON.parse(opened.slice(1)) as { sid: string }).sid}`;
    await this.call(`40${NAMESPACE},{}`);
    await this.pollUntil(() => this.connected);
  }

  async join(matchId: string): Promise<void> {
    this.matchId = matchId;
    this.answer = undefined;
    await this.call(`42${NAMESPACE},0${JSON.stringify(['join_match', matchId])}`);
    await this.pollUntil(() => this.answer !== undefined);
  }

  /** Takes what waits, or the next that comes; a ping among it is answered. */
  async poll(): Promise<void> {
    for (const packet of (await this.call()).split(SEPARATOR)) {
      if (packet === '2') await this.call('3');
      else this.onPacket(packet);
    }
  }

  private async pollUntil(done: () => boolean): Promise<void> {
    while (!done()) await this.poll();
  }

  private onPacket(packet: string): void {
    const body = packet.slice(packet.indexOf(',') + 1);
    if (packet.startsWith('40')) this.connected = true;
    else if (packet.startsWith('43')) {
      const [answer] = JSON.parse(body.replace(/^\d+/, '')) as [Answer];
      if (!answer.ok) throw new Error(`join_match: ${answer.error?.code ?? 'no answer'}`);
      this.answer = answer;
      this.seq = answer.data?.match?.seq ?? -1;
    } else if (packet.startsWith('42')) {
      const event = JSON.parse(body) as [string, { seq?: number; matchId?: string }];
      if (CHATTER.has(event[0])) this.tally.chatter += 1;
      else this.tally.other(this, event);
    } else if (packet !== '6') throw new Error(`a session got ${packet}`);
  }

  /** A POST with `body`, else a poll. */
  private call(body?: string): Promise<string> {
    const { host, port, from } = this.place;
    return new Promise((resolve, reject) => {
      const sent = request({ host, port, localAddress: from, path: this.path, method: body === undefined ? 'GET' : 'POST', agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`a poll was answered with ${String(response.statusCode)}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
