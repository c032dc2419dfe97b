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
import type { Clock, Settings, WatchSocket } from './options.js';
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
/** The cheapest question that is answered: to leave a room that nobody is in. */
const IS_ANYBODY_THERE = { matchId: 'is-anybody-there' };

export class Link {
  state: 'connecting' | 'open' | 'ended' = 'connecting';
  /** Its server is going away. */
  draining = false;
  /** Messages so far. */
  #heard = 0;
  /** Joins that wait for their answer. */
  #asked = 0;
  readonly #timers: Timers;

  constructor(
    private readonly socket: WatchSocket,
    clock: Clock,
    private readonly settings: Pick<Settings, 'ackTimeoutMs' | 'silenceMs'>,
    private readonly events: LinkEvents,
  ) {
    this.#timers = new Timers(clock);
    socket.on('connect', () => {
      if (this.state !== 'connecting') return;
      this.state = 'open';
      this.#listen();
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
    this.#asked += 1;
    let patience = PATIENCE;
    let timer: unknown;
    const wait = (): void => {
      const heard = this.#heard;
      timer = this.#timers.in(this.settings.ackTimeoutMs, () => {
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
      this.#asked -= 1;
      this.#timers.cancel(timer);
      answered(answer);
    });
  }

  /**
   * Finds out whether the other end is still there, where Engine.IO's ping takes
   * 50 s: whatever comes within `withinMs` says so. Not while a join waits: its
   * answer may be large, and stand in the way of any other.
   */
  probe(withinMs: number): void {
    if (this.state !== 'open' || this.#asked > 0) return;
    const heard = this.#heard;
    this.#timers.in(withinMs, () => {
      if (this.#heard === heard) this.end();
    });
    this.socket.emit('leave_match', IS_ANYBODY_THERE, () => {
      this.#heard += 1;
    });
  }

  /** Whoever is in a room hears something every few seconds; silence is looked into. */
  #listen(): void {
    const heard = this.#heard;
    this.#timers.in(this.settings.silenceMs, () => {
      if (this.#heard === heard) this.probe(this.settings.ackTimeoutMs);
      this.#listen();
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
