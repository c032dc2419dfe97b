/** Stops and resumes the reading of whatever connection a spectator has at the moment. */
import type { Socket as NetSocket } from 'node:net';

interface Tappable {
  io?: { engine?: { transport?: { ws?: { _socket?: NetSocket } } } };
}

export class Freezer {
  #socket: Tappable | undefined;
  #frozen: NetSocket | undefined;
  #thawedAt = 0;

  /** A socket.io-client socket: the newest is the one that is frozen. */
  connected(socket: unknown): void {
    this.#socket = socket as Tappable;
  }

  /** False: there is no WebSocket to freeze now. */
  freeze(): boolean {
    const tcp = this.#socket?.io?.engine?.transport?.ws?._socket;
    if (!tcp || tcp.destroyed || this.#frozen) return false;
    this.#frozen = tcp;
    tcp.pause();
    return true;
  }

  thaw(): void {
    this.#frozen?.resume();
    if (this.#frozen) this.#thawedAt = Date.now();
    this.#frozen = undefined;
  }

  wasFrozenSince(since: number): boolean {
    return this.#frozen !== undefined || this.#thawedAt > since;
  }
}
