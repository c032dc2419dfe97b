/** The plainest spectator: the official client, no library of ours, keeping all it is told. */
import { io, type Socket } from 'socket.io-client';
import { MATCH_EVENT_TYPES, type MatchEvent } from '../../src/contracts/event.js';
import { NAMESPACE } from '../../src/contracts/room.js';
import type { Answer, ClientEvents, CommandAnswers, CommandName, ServerEvents } from '../../src/contracts/socket.js';
import { until } from './until.js';

type ClientSocket = Socket<ServerEvents, ClientEvents>;
export interface Heard {
  name: string;
  payload: unknown;
}

export class Spectator {
  /** Match events, in the order they came. */
  readonly events: MatchEvent[] = [];
  /** Everything, in the order it came. */
  readonly heard: Heard[] = [];

  private constructor(readonly socket: ClientSocket) {
    socket.onAny((name: string, payload: unknown) => {
      this.heard.push({ name, payload });
      if ((MATCH_EVENT_TYPES as readonly string[]).includes(name)) this.events.push(payload as MatchEvent);
    });
  }

  static async connect(url: string, options: { token?: string; transports?: ('websocket' | 'polling')[] } = {}): Promise<Spectator> {
    const socket: ClientSocket = io(url + NAMESPACE, { transports: options.transports ?? ['websocket'], forceNew: true, reconnection: false, auth: options.token === undefined ? {} : { token: options.token } });
    const spectator = new Spectator(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', (error) => {
        socket.close();
        reject(error);
      });
    });
    return spectator;
  }

  /** Sends a command and gives its ack, whatever it says. */
  ask<Name extends CommandName>(name: Name, payload: unknown): Promise<Answer<CommandAnswers[Name]>> {
    // Tests send what the types forbid: the server's answer to it is what they are about.
    const patient = this.socket.timeout(10_000) as unknown as { emitWithAck(name: string, payload: unknown): Promise<Answer<CommandAnswers[Name]>> };
    return patient.emitWithAck(name, payload);
  }

  /** Sends a command that must succeed. */
  async join<Name extends CommandName>(name: Name, payload: unknown): Promise<CommandAnswers[Name]> {
    const answer = await this.ask(name, payload);
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return answer.data;
  }

  /** Sends without an ack, as the plainest client does. */
  tell(name: string, payload: unknown): void {
    (this.socket.emit as (name: string, payload: unknown) => unknown).call(this.socket, name, payload);
  }

  of(name: string): unknown[] {
    return this.heard.filter((heard) => heard.name === name).map((heard) => heard.payload);
  }

  /** Waits until the events of a match have reached `seq`. */
  async reached(matchId: string, seq: number, ms = 10_000): Promise<void> {
    await until(() => this.events.some((event) => event.matchId === matchId && event.seq >= seq), ms, () => `seq ${String(seq)} of ${matchId}; has ${this.seqs(matchId).join(',')}`);
  }

  seqs(matchId: string): number[] {
    return this.events.filter((event) => event.matchId === matchId).map((event) => event.seq);
  }

  close(): void {
    this.socket.disconnect();
  }
}
