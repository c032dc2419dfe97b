/**
 * A spectator as cheap as Node allows: plain TCP, a handshake by hand, frames
 * counted in the buffer they were read into. Ten thousand fit on a core with
 * the server on another; each still checks that it gets each event once.
 */
import { connect, type Socket } from 'node:net';
import { ageOf, clientFrame, CLOSE, commandPacket, connectPacket, FOUR, isChatter, isScore, layoutOf, PONG, seqAt, TWO, upgradeRequest, ZERO, type Answer } from './wire.js';
import type { Tally } from './tally.js';

/** One for all sockets: a read is done with before the next begins. */
const shared = Buffer.allocUnsafe(256 * 1024);
const HEADER_END = Buffer.from('\r\n\r\n');

export interface Place {
  host: string;
  port: number;
  from: string;
  token?: string;
}

export class LeanSocket {
  /** The last `seq` of the match it watches; -1: the server says none (bare Socket.IO). */
  seq = -1;
  matchId: string | undefined;
  connected = false;
  onClose: (() => void) | undefined;
  private tcp: Socket | undefined;
  private rest: Buffer | null = null;
  private upgraded = false;
  private token: string | undefined;
  private opened: ((error?: Error) => void) | undefined;
  private answered: ((answer: Answer) => void) | undefined;

  constructor(private readonly tally: Tally) {}

  open({ host, port, from, token }: Place): Promise<void> {
    return new Promise((resolve, reject) => {
      this.upgraded = false;
      this.rest = null;
      this.opened = (error) => {
        this.opened = undefined;
        if (error) reject(error);
        else resolve();
      };
      const tcp = connect({ host, port, localAddress: from, noDelay: true, onread: { buffer: shared, callback: (count, buffer) => this.onRead(count, buffer as Buffer) } });
      this.tcp = tcp;
      tcp.on('connect', () => {
        this.token = token;
        tcp.write(upgradeRequest(`${host}:${String(port)}`));
      });
      tcp.on('error', (error) => this.opened?.(error));
      tcp.on('close', () => {
        const was = this.connected;
        this.connected = false;
        this.opened?.(new Error('closed before it was open'));
        this.answered?.({ ok: false, error: { code: 'CLOSED' } });
        if (was) this.onClose?.();
      });
    });
  }

  /** Joins a match's room; with `since`, what was missed counts as received. */
  join(matchId: string, since?: number): Promise<void> {
    return this.ask('join_match', since === undefined ? matchId : { matchId, since }, ({ data }) => {
      const seq = data?.match?.seq ?? -1;
      if (since !== undefined) {
        for (const missed of data?.missed ?? []) this.tally.follow(this, missed.seq);
        if (this.seq !== seq) this.tally.gaps += 1;
      }
      this.matchId = matchId;
      this.seq = seq;
    });
  }

  async leave(): Promise<void> {
    if (this.matchId === undefined) return;
    await this.ask('leave_match', this.matchId, () => {
      this.matchId = undefined;
      this.seq = -1;
    });
  }

  /** Stops reading: what the server sends stays in the kernel, then in the server. */
  freeze(): void {
    this.tcp?.pause();
  }

  close(): void {
    this.onClose = undefined;
    this.tcp?.end(CLOSE);
    this.tcp?.destroySoon();
  }

  /** `taken` is called before any frame after the answer is looked at: what follows is counted from there. */
  private ask(name: string, payload: unknown, taken: (answer: Answer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.answered = (answer) => {
        this.answered = undefined;
        if (answer.ok) {
          taken(answer);
          resolve();
        } else reject(new Error(`${name}: ${answer.error?.code ?? 'no answer'}`));
      };
      this.tcp?.write(commandPacket(0, name, payload));
    });
  }

  private onRead(count: number, buffer: Buffer): boolean {
    if (this.rest === null && this.upgraded) this.parse(buffer, 0, count);
    else {
      const bytes: Buffer = this.rest ? Buffer.concat([this.rest, buffer.subarray(0, count)]) : Buffer.from(buffer.subarray(0, count));
      this.rest = null;
      const start = this.upgraded ? 0 : this.afterUpgrade(bytes);
      if (start >= 0) this.parse(bytes, start, bytes.length);
    }
    return true;
  }

  /** Where frames begin; -1: not all of the answer to the upgrade is here. */
  private afterUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf(HEADER_END);
    if (end < 0) {
      this.rest = bytes;
      return -1;
    }
    const status = bytes.toString('latin1', 9, 12);
    if (status !== '101') {
      this.opened?.(new Error(`refused with ${status}`));
      this.tcp?.destroy();
      return -1;
    }
    this.upgraded = true;
    return end + HEADER_END.length;
  }

  private parse(bytes: Buffer, from: number, end: number): void {
    const now = Date.now();
    let at = from;
    while (end - at >= 2) {
      let length = (bytes[at + 1] ?? 0) & 0x7f;
      let header = 2;
      if (length === 126) {
        if (end - at < 4) break;
        length = bytes.readUInt16BE(at + 2);
        header = 4;
      } else if (length === 127) {
        if (end - at < 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        header = 10;
      }
      if (end - at < header + length) break;
      const payload = at + header;
      if (isScore(bytes, payload)) {
        const { seq, stamp } = layoutOf(bytes, payload, length);
        this.tally.event(this, seqAt(bytes, payload + seq), ageOf(bytes, payload + stamp, now));
      } else this.onFrame(bytes, payload, length, (bytes[at] ?? 0) & 0x0f);
      at = payload + length;
    }
    this.rest = at < end ? Buffer.from(bytes.subarray(at, end)) : null;
  }

  private onFrame(bytes: Buffer, at: number, length: number, opcode: number): void {
    if (opcode === 8) {
      this.tcp?.destroy();
      return;
    }
    if (opcode === 9) {
      this.tcp?.write(clientFrame('', 10));
      return;
    }
    if (bytes[at] === TWO) {
      this.tcp?.write(PONG);
      return;
    }
    if (bytes[at] === ZERO) {
      this.tcp?.write(connectPacket(this.token));
      return;
    }
    if (bytes[at] !== FOUR) return;
    if (bytes[at + 1] === TWO && isChatter(bytes, at)) {
      this.tally.chatter += 1;
      return;
    }
    const text = bytes.toString('utf8', at, at + length);
    const body = text.slice(text.indexOf(',') + 1);
    if (text.startsWith('40')) {
      this.connected = true;
      this.opened?.();
    } else if (text.startsWith('44')) this.opened?.(new Error(body));
    else if (text.startsWith('43')) this.answered?.((JSON.parse(body.replace(/^\d+/, '')) as [Answer])[0]);
    else if (text.startsWith('42')) this.tally.other(this, JSON.parse(body) as [string, { seq?: number; matchId?: string }]);
  }
}
