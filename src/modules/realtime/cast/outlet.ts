/** Where one socket's events leave this process. */
import type { Socket as NetSocket } from 'node:net';
import type { TournamentSocket } from '../tournament-socket.js';
import { queuedBytes, tcpOf, terminate, type EngineSocket } from './engine-taps.js';
import type { Encoded } from './frame.js';

/** This socket's place in one room: events up to this ordinal are none of its business, its join was answered with them. */
export interface Membership {
  since: number;
}

export class Outlet {
  readonly memberships = new Set<Membership>();
  /** What a socket that reads too slowly was not sent: by match, the last `seq` it was. null: it is in the stream. */
  behind: Map<string, number> | null = null;
  /** Unix milliseconds. */
  behindSince = 0;
  private readonly conn: EngineSocket;
  private transport: EngineSocket['transport'] | undefined;
  private tcp: NetSocket | null = null;

  constructor(
    readonly socket: TournamentSocket,
    /** Whether an idle WebSocket is written to directly. */
    private readonly lean: boolean,
  ) {
    this.conn = socket.conn as unknown as EngineSocket;
  }

  /** Bytes waiting for this socket in this process. */
  get queued(): number {
    if (this.transport !== this.conn.transport) this.look();
    const { tcp, conn } = this;
    return tcp && conn.writeBuffer.length === 0 ? tcp.writableLength : queuedBytes(conn);
  }

  /**
   * Sends events in order. `frames` is all of them in one buffer. A WebSocket
   * with nothing waiting in Engine.IO takes that as one write; every other
   * state (polling, upgrading, backlogged, closing) goes Engine.IO's own way.
   */
  send(frames: Buffer, events: readonly Encoded[]): void {
    const { conn } = this;
    if (this.transport !== conn.transport) this.look();
    if (this.lean && this.tcp !== null && conn.writeBuffer.length === 0 && conn.readyState === 'open' && conn.transport.socket?.readyState === 1 && this.tcp.writable) {
      this.tcp.write(frames);
      return;
    }
    for (const { text, frame } of events) conn.write(text, { compress: false, wsPreEncodedFrame: [frame] });
  }

  end(): void {
    terminate(this.conn);
  }

  /** A transport is looked at once; an upgrade from polling brings another. */
  private look(): void {
    this.transport = this.conn.transport;
    this.tcp = tcpOf(this.conn);
  }
}
