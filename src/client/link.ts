/**
 * One connection, from its opening to its end. It does not come back: the
 * watcher opens another, for socket.io-client's own reconnecting gives up when
 * the server disconnects, and cannot hold two connections while a server drains.
 */
import { io } from 'socket.io-client';
import { NAMESPACE } from '../contracts/room.js';
import type { RefusalBody } from '../contracts/refusal.js';
import type { Answer, CommandAnswers } from '../contracts/socket.js';
import { answerOf, handshakeRefusalOf, incomingOf, type Incoming } from './incoming.js';
import type { Clock, WatchSocket } from './options.js';
import { Timers } from './timers.js';

export interface LinkEvents {
  opened(link: Link): void;
  incoming(link: Link, incoming: Incoming): void;
  /** Once. `refusal`: why the handshake was refused, if it was. */
  ended(link: Link, refusal: RefusalBody | null): void;
}

type Ask = 'join_match' | 'join_tournament';

/**
 * Ack timeouts that a join may take. One in which anything else came counts
 * twice: then no large answer is on its way.
 */
const PATIENCE = 6;

export class Link {
  state: 'connecting' | 'open' | 'ended' = 'connecting';
  /** Its server is going away. */
  draining = false;
  /** Messages so far. */
  #heard = 0;
  readonly #timers: Timers;

  constructor(
    private readonly socket: WatchSocket,
    clock: Clock,
    private readonly ackTimeoutMs: number,
    private readonly events: LinkEvents,
  ) {
    this.#timers = new Timers(clock);
    socket.on('connect', () => {
      if (this.state !== 'connecting') return;
      this.state = 'open';
      events.opened(this);
    });
    socket.on('connect_error', (error) => {
      this.end(handshakeRefusalOf(error));
    });
    socket.on('disconnect', () => {
      this.end();
    });
    socket.onAny((name, payload) => {
      this.#heard += 1;
      const incoming = this.state === 'ended' ? null : incomingOf(name, payload);
      if (incoming) events.incoming(this, incoming);
    });
  }

  /**
   * Asked once and answered once, however late; never after the link's end. The
   * answer for a large tournament takes a slow network longer than any timeout
   * for a small one, a message is not seen before it is whole, and asking again
   * would only bring the same bytes again behind the first.
   */
  ask<Name extends Ask>(name: Name, payload: unknown, answered: (answer: Answer<CommandAnswers[Name]>) => void): void {
    if (this.state !== 'open') return;
    let patience = PATIENCE;
    let timer: unknown;
    const wait = (): void => {
      const heard = this.#heard;
      timer = this.#timers.in(this.ackTimeoutMs, () => {
        patience -= this.#heard === heard ? 1 : 2;
        if (patience > 0) wait();
        else this.end();
      });
    };
    wait();
    this.socket.emit(name, payload, (raw) => {
      this.#heard += 1;
      const answer = answerOf<CommandAnswers[Name]>(raw);
      if (this.state === 'ended' || !answer) return;
      this.#timers.cancel(timer);
      answered(answer);
    });
  }

  tell(name: 'leave_match' | 'leave_tournament', payload: unknown): void {
    // With an ack the answer does not come as an event.
    if (this.state === 'open') this.socket.emit(name, payload, () => undefined);
  }

  /** Ends it from this side, and tells. */
  end(refusal: RefusalBody | null = null): void {
    if (this.state === 'ended') return;
    this.close();
    this.events.ended(this, refusal);
  }

  /** Ends it from this side, silently. */
  close(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.#timers.cancelAll();
    this.socket.disconnect();
  }
}

/** The real socket. */
export function connectSocket(url: string, token: string | undefined): WatchSocket {
  return io(new URL(NAMESPACE, url).href, {
    auth: token === undefined ? {} : { token },
    transports: ['websocket', 'polling'],
    // Without it polling is not tried when the WebSocket fails.
    tryAllTransports: true,
    reconnection: false,
    // A connection of its own, also while another to the same address still lives.
    forceNew: true,
    timeout: 10_000,
  });
}
