/**
 * The plainest client there is: socket.io-client with its own reconnecting, one
 * match, and a cursor that it gives as `since` whenever it is connected again.
 * It mends nothing, so it sees what the server really sends: from a join's
 * answer on, one connection brings every event once, in order, without a hole.
 */
import { io, type Socket } from 'socket.io-client';
import { MATCH_EVENT_TYPES, type MatchEvent } from '../../src/contracts/event.js';
import { matchRoom, NAMESPACE } from '../../src/contracts/room.js';
import type { Answer, ClientEvents, Heartbeat, MatchJoined, ServerEvents } from '../../src/contracts/socket.js';
import type { Findings, Seqs } from './crowd-wire.js';
import { Freezer } from './freezer.js';
import { recoveryOf, Sightings, type Recovery } from './sightings.js';

/** Who hops leaves and joins again this often: each join is one more chance for a crack. */
const HOP_MS = 700;
/** A join that was refused for the moment (PostgreSQL is away) is asked again after this. */
const AGAIN_MS = 300;

export class RawSocket {
  readonly freezer = new Freezer();
  readonly room: string;
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  readonly #seen = new Sightings();
  /** The join of this connection was answered. */
  #joined = false;
  #closed = false;
  #hopping: NodeJS.Timeout | undefined;
  /** Its leave is not answered yet. */
  #leaving = false;

  constructor(
    readonly name: string,
    url: string,
    private readonly matchId: string,
    private readonly findings: Findings,
    /** Not through nginx: it knows one instance alone. */
    private readonly direct: boolean,
  ) {
    this.room = matchRoom(matchId);
    this.#socket = io(url + NAMESPACE, { transports: ['websocket'], forceNew: true, reconnectionDelay: 200, reconnectionDelayMax: 2_000 });
    this.#socket.on('connect', () => {
      this.freezer.connected(this.#socket);
      this.#leaving = false;
      this.#join();
    });
    this.#socket.on('disconnect', () => {
      this.#joined = false;
    });
    // Refused by the namespace, as by an instance that begins to leave: Socket.IO leaves trying again to us.
    this.#socket.on('connect_error', () => {
      if (!this.#socket.active) this.#later(() => this.#socket.connect());
    });
    for (const type of MATCH_EVENT_TYPES) this.#socket.on(type, (event: MatchEvent) => this.#hear(event));
    this.#socket.on('heartbeat', (heartbeat) => this.#check(heartbeat));
    this.#socket.on('joined_match', (joined) => this.#answered(joined, 'resync'));
  }

  get isLive(): boolean {
    return this.#socket.connected && this.#joined;
  }

  /** Leaves and joins from now on, until `stay`. What comes until the leave is answered belongs to the stream. */
  hop(): void {
    this.#hopping = setInterval(() => {
      const { id } = this.#socket;
      if (!this.isLive || this.#leaving) return;
      this.#leaving = true;
      this.#socket.emit('leave_match', { matchId: this.matchId }, () => {
        if (this.#socket.id !== id) return;
        this.#leaving = false;
        this.#joined = false;
        this.#join();
      });
    }, HOP_MS);
  }

  stay(): void {
    clearInterval(this.#hopping);
  }

  /** Undefined: it was frozen meanwhile, or has nowhere to go when its instance is away. */
  recovery(since: number, next: Seqs): Recovery | null | undefined {
    if (this.direct || this.freezer.wasFrozenSince(since)) return undefined;
    return recoveryOf(new Map([[this.matchId, this.#seen]]), [this.matchId], since, next);
  }

  behind(ends: Seqs): string[] {
    const end = ends[this.matchId] ?? 0;
    if (this.#seen.last >= end && this.isLive) return [];
    return [`${this.name} (${this.#socket.connected ? (this.#joined ? 'joined' : 'joining') : 'offline'}) is at ${this.#seen.last} of ${end} of ${this.matchId}`];
  }

  verify(logs: Readonly<Record<string, MatchEvent[]>>): void {
    const difference = this.#seen.differsFrom(logs[this.matchId] ?? []);
    if (difference !== undefined) this.findings.rawLists.push(`${this.name}, ${this.matchId}: ${difference}`);
  }

  close(): void {
    this.#closed = true;
    this.stay();
    this.#socket.disconnect();
  }

  #later(action: () => unknown): void {
    setTimeout(() => {
      if (!this.#closed) action();
    }, AGAIN_MS);
  }

  #join(): void {
    const { id } = this.#socket;
    this.#socket.emit('join_match', { matchId: this.matchId, since: this.#seen.last }, (answer: Answer<MatchJoined>) => {
      if (this.#socket.id !== id) return;
      if (answer.ok) this.#answered(answer.data, 'join');
      else if (['UNAVAILABLE', 'DRAINING'].includes(answer.error.code)) this.#later(() => this.#socket.id === id && this.#join());
      else this.findings.rawJoins.push(`${this.name} at ${this.#seen.last}: ${answer.error.code}: ${answer.error.message}`);
    });
  }

  #answered({ match, missed, complete }: MatchJoined, what: string): void {
    const since = this.#seen.last;
    const seqs = missed.map(({ seq }) => seq);
    const fits = complete && match.seq === since + seqs.length && seqs.every((seq, index) => seq === since + index + 1);
    if (!fits) this.findings.rawJoins.push(`${this.name}: ${what} since ${since} was answered with ${JSON.stringify({ complete, snapshot: match.seq, missed: seqs.slice(0, 20) })}`);
    for (const event of missed) if (event.seq === this.#seen.last + 1) this.#seen.see(event);
    this.#joined = true;
  }

  #hear(event: MatchEvent): void {
    const expected = this.#seen.last + 1;
    if (this.#joined && event.seq === expected) {
      this.#seen.see(event);
      return;
    }
    this.findings.rawStreams.push(`${this.name}, ${this.matchId}: ${event.seq} came ${this.#joined ? `where ${expected} was due` : `before the join was answered, at ${expected - 1}`}`);
    if (event.seq > expected) this.#join();
  }

  /** The digest may not speak of what was not sent. */
  #check(heartbeat: Heartbeat): void {
    const seq = heartbeat[this.matchId] ?? 0;
    if (!this.#joined || seq <= this.#seen.last) return;
    this.findings.rawStreams.push(`${this.name}, ${this.matchId}: the digest says ${seq}, sent was ${this.#seen.last}`);
    this.#join();
  }
}
