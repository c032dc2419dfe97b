/**
 * A Grandstand that lives in the test's memory and clock, with every vice a
 * network has: for the watcher's tests, which need faults by the thousand. The
 * real server is tested in `test/watcher.test.ts`.
 */
import { applyEvent } from '../../src/contracts/apply-event.js';
import type { MatchEvent } from '../../src/contracts/event.js';
import type { MatchSnapshot } from '../../src/contracts/match.js';
import type { RefusalBody } from '../../src/contracts/refusal.js';
import type { WatchSocket } from '../../src/client/options.js';
import type { TestClock } from './test-clock.js';
import { nextEvent, scheduledMatch } from './match-story.js';

/** How a message fares: how many copies arrive, each after so many ms. */
export type Fate = () => number[];
export const arrives: Fate = () => [0];

export class PretendSocket implements WatchSocket {
  readonly rooms = new Set<string>();
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  readonly #listeners = new Map<string, ((...args: never[]) => void)[]>();
  readonly #any: ((event: string, ...args: unknown[]) => void)[] = [];

  constructor(
    readonly server: PretendServer,
    readonly token: string | undefined,
  ) {}

  on(event: string, listener: (...args: never[]) => void): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  onAny(listener: (event: string, ...args: unknown[]) => void): this {
    this.#any.push(listener);
    return this;
  }

  emit(event: string, payload: unknown, ack?: (answer: unknown) => void): this {
    this.server.hear(this, event, payload as Record<string, unknown>, ack);
    return this;
  }

  disconnect(): this {
    if (this.state !== 'closed') this.server.log.push('client closed');
    this.state = 'closed';
    return this;
  }

  fire(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as (...args: unknown[]) => void)(...args);
  }

  receive(event: string, payload: unknown): void {
    if (this.state === 'open') for (const listener of this.#any) listener(event, structuredClone(payload));
  }
}

export class PretendServer {
  readonly sockets: PretendSocket[] = [];
  readonly matches = new Map<string, { state: MatchSnapshot; events: MatchEvent[] }>();
  /** What was asked, in order. */
  readonly log: string[] = [];
  /** More missed than this is `complete: false`. */
  bound = 500;
  fate: Fate = arrives;
  reachable = true;
  answersJoins = true;
  answersAfterMs = 3;
  answersHttp = true;
  refuseHandshake: RefusalBody | null = null;

  constructor(private readonly clock: TestClock) {}

  readonly connect = (_url: string, token: string | undefined): PretendSocket => {
    const socket = new PretendSocket(this, token);
    this.sockets.push(socket);
    this.log.push('connect');
    this.clock.setTimeout(() => {
      if (socket.state !== 'connecting') return;
      if (!this.reachable) socket.fire('connect_error', new Error('websocket error'));
      else if (this.refuseHandshake) socket.fire('connect_error', Object.assign(new Error(this.refuseHandshake.message), { data: this.refuseHandshake }));
      else {
        socket.state = 'open';
        socket.fire('connect');
      }
    }, 5);
    return socket;
  };

  readonly fetch: typeof fetch = async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    this.log.push(`GET ${url.pathname.replace('/api/v1', '')}${url.search}`);
    await Promise.resolve();
    if (!this.reachable || !this.answersHttp) throw new TypeError('fetch failed');
    const [, id = '', events] = /\/matches\/([^/]+)(\/events)?$/.exec(url.pathname) ?? [];
    const match = this.matches.get(id);
    if (!match) return Response.json({ code: 'NOT_FOUND', detail: 'no such match' }, { status: 404 });
    if (!events) return Response.json(match.state);
    const after = Number(url.searchParams.get('after'));
    if (after > match.state.seq) return Response.json({ code: 'CURSOR_AHEAD', detail: 'ahead' }, { status: 400 });
    return Response.json({ data: match.events.slice(after, after + Number(url.searchParams.get('limit'))), nextCursor: null, seq: match.state.seq });
  };

  get open(): PretendSocket[] {
    return this.sockets.filter((socket) => socket.state === 'open');
  }

  addMatch(id: string, tournamentId = 'cup', length = 0): void {
    this.matches.set(id, { state: scheduledMatch(id, tournamentId), events: [] });
    for (let count = 0; count < length; count += 1) this.play(id);
  }

  /** The next event of the match: into its log, and to whoever is in its rooms. */
  play(id: string): MatchEvent {
    const match = this.matches.get(id);
    if (!match) throw new Error(`no match ${id}`);
    const event = nextEvent(match.state);
    match.events.push(event);
    match.state = applyEvent(match.state, event);
    for (const socket of this.open) if (socket.rooms.has(`match:${id}`) || socket.rooms.has(`tournament:${event.tournamentId}`)) this.send(socket, event.type, event, this.fate);
    return event;
  }

  heartbeat(): void {
    for (const socket of this.open)
      for (const room of socket.rooms) {
        const matches = [...this.matches.values()].filter(({ state }) => room === `match:${state.id}` || room === `tournament:${state.tournamentId}`);
        this.send(socket, 'heartbeat', Object.fromEntries(matches.map(({ state }) => [state.id, state.seq])));
      }
  }

  send(socket: PretendSocket, name: string, payload: unknown, fate: Fate = arrives): void {
    for (const delay of fate()) {
      if (delay === 0) socket.receive(name, payload);
      else
        this.clock.setTimeout(() => {
          socket.receive(name, payload);
        }, delay);
    }
  }

  kick(socket: PretendSocket | undefined, reason = 'transport close'): void {
    if (socket?.state !== 'open') return;
    socket.state = 'closed';
    socket.fire('disconnect', reason);
  }

  hear(socket: PretendSocket, command: string, payload: Record<string, unknown>, ack?: (answer: unknown) => void): void {
    if (socket.state !== 'open') return;
    this.log.push(`${command} ${JSON.stringify(payload)}`);
    if (!this.answersJoins) return;
    const answer = command === 'join_match' ? this.#joinMatch(socket, payload) : command === 'join_tournament' ? this.#joinTournament(socket, payload) : { ok: true, data: {} };
    this.clock.setTimeout(() => {
      if (socket.state === 'open') ack?.(answer);
    }, this.answersAfterMs);
  }

  #joinMatch(socket: PretendSocket, { matchId, since }: { matchId?: string; since?: number }): unknown {
    const match = this.matches.get(matchId ?? '');
    if (!match) return { ok: false, error: { code: 'NOT_FOUND', message: 'no such match' } };
    if ((since ?? 0) > match.state.seq) return { ok: false, error: { code: 'CURSOR_AHEAD', message: 'ahead' } };
    const room = `match:${match.state.id}`;
    socket.rooms.add(room);
    return { ok: true, data: { matchId, room, match: match.state, ...this.#missed([[match, since]]) } };
  }

  #joinTournament(socket: PretendSocket, { tournamentId, since = {} }: { tournamentId?: string; since?: Record<string, number> }): unknown {
    const matches = [...this.matches.values()].filter(({ state }) => state.tournamentId === tournamentId);
    const strangers = Object.keys(since).filter((id) => !matches.some(({ state }) => state.id === id));
    if (strangers.length > 0) return { ok: false, error: { code: 'UNKNOWN_REFERENCE', message: 'not of this tournament', details: strangers.map((id) => ({ path: `since.${id}`, message: 'unknown' })) } };
    if (matches.some(({ state }) => (since[state.id] ?? 0) > state.seq)) return { ok: false, error: { code: 'CURSOR_AHEAD', message: 'ahead' } };
    const room = `tournament:${tournamentId ?? ''}`;
    socket.rooms.add(room);
    return { ok: true, data: { tournamentId, room, matches: matches.map(({ state }) => state), ...this.#missed(matches.map((match) => [match, since[match.state.id]])) } };
  }

  #missed(wanted: [match: { events: MatchEvent[] }, since: number | undefined][]): { missed: MatchEvent[]; complete: boolean } {
    const missed = wanted.flatMap(([{ events }, since]) => (since === undefined ? [] : events.slice(since)));
    return missed.length > this.bound ? { missed: [], complete: false } : { missed, complete: true };
  }
}
