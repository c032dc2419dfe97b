/**
 * One `match` or `tournament` that a caller follows: joins it on every
 * connection, and gets what is missing. Connections come and go beneath it; its
 * cursors stay.
 */
import type { LeaderboardUpdate } from '../contracts/analytics.js';
import type { MatchEvent } from '../contracts/event.js';
import type { RefusalBody } from '../contracts/refusal.js';
import { matchRoom, tournamentRoom } from '../contracts/room.js';
import type { Answer, MatchJoined, TournamentJoined } from '../contracts/socket.js';
import { Feed, type Since } from './feed.js';
import { callWith, type Call, type Handlers } from './handlers.js';
import { isPassing } from './incoming.js';
import type { Link } from './link.js';
import type { MatchLog } from './match-log.js';
import { backoff, type History, type Settings, type WatchState } from './options.js';
import { ReadRefusal } from './rest-reader.js';
import type { Missing } from './sequencer.js';
import { sinceOf } from './since.js';
import { Timers } from './timers.js';

export interface SubscriptionOptions {
  /**
   * The last `seq` already seen: of the match, or of each match of a tournament
   * by id. 0: the whole log from its first event. Absent: from the state it has now.
   */
  since?: Since;
  /** @default the watcher's */
  history?: History;
}

/** What a subscription sees of its watcher. */
export interface Host {
  readonly settings: Settings;
  readonly log: MatchLog;
  /** Open connections, newest first. */
  readonly links: readonly Link[];
  /** The state of a subscription that has no connection: `catching-up` before the first, then `offline`. */
  readonly unconnected: WatchState;
  /** Something that `state` is made of may have changed. */
  changed(): void;
}

export type Kind = 'match' | 'tournament';

/** Up to this many matches of a tournament are caught up with over HTTP, one by one; more by joining again, which brings them all. */
const ONE_BY_ONE_MAX = 4;
/**
 * A cursor in the future is believed when it is said twice, this far apart: an
 * instance that has not heard of an event yet that another one sent says it too,
 * and starting over would deliver that event a second time.
 */
const DOUBT_MS = 1_000;

export class Subscription {
  readonly feed: Feed;
  readonly room: string;
  closed = false;
  #refusal: RefusalBody | null = null;
  #told: WatchState;
  readonly #joined = new WeakSet<Link>();
  readonly #asking = new WeakSet<Link>();
  readonly #call: Call;
  readonly #history: History;
  /** Refusals in a row that said one of our cursors lies in the future. */
  #ahead = 0;
  /** Matches the server did not know as this tournament's: left out of the next join. */
  #strangers: ReadonlySet<string> = new Set();
  /** Matches a join did not name whose snapshot was older than what we saw: the next one names them. */
  #doubted: ReadonlySet<string> = new Set();
  #leaderboardVersion = 0;
  /** Something is missing for longer than a moment. */
  #behind = false;
  readonly #timers: Timers;
  #settling: unknown = null;
  #fetching = false;
  readonly #unwanted = new AbortController();
  /** Attempts in a row that brought nothing. */
  #failures = 0;
  /** How to ask next, when the last way did not bring everything. */
  #turnTo: 'http' | 'socket' | null = null;

  constructor(
    readonly kind: Kind,
    readonly id: string,
    private readonly handlers: Handlers,
    private readonly host: Host,
    options: SubscriptionOptions,
  ) {
    this.room = kind === 'match' ? matchRoom(id) : tournamentRoom(id);
    this.#timers = new Timers(host.settings.clock);
    const call = callWith(host.settings.onHandlerError);
    // Also when a handler closed it, its own or another one's, while what both were to hear is on its way.
    this.#call = (handler) => {
      if (!this.closed) call(handler);
    };
    this.#history = options.history ?? host.settings.history;
    this.feed = new Feed(handlers, this.#call, options.since);
    if (kind === 'match') this.feed.learn(id, 0);
    this.#told = this.state;
  }

  get state(): WatchState {
    const { links, unconnected } = this.host;
    if (this.closed || this.#refusal) return 'offline';
    if (links.length === 0) return unconnected;
    return links.some((link) => this.#joined.has(link)) && !this.#behind ? 'live' : 'catching-up';
  }

  get refusal(): RefusalBody | null {
    return this.#refusal;
  }

  /** Its join on this connection was answered, one way or the other. */
  answeredOn(link: Link): boolean {
    return this.#joined.has(link) || this.#refusal !== null;
  }

  tellState(): void {
    const { state } = this;
    if (state === this.#told) return;
    this.#told = state;
    this.#call(() => this.handlers.onState?.(state));
  }

  // -- what arrives

  take(event: MatchEvent): void {
    const ours = this.kind === 'match' ? event.matchId === this.id : event.tournamentId === this.id;
    if (!ours) return;
    this.feed.put(event);
    this.#settle();
  }

  learn(matchId: string, seq: number): void {
    this.feed.learn(matchId, seq);
    this.#settle();
  }

  /** Tables may overtake each other between instances: an older one is no news. */
  hearLeaderboard(update: LeaderboardUpdate): void {
    if (update.version <= this.#leaderboardVersion) return;
    this.#leaderboardVersion = update.version;
    this.#call(() => this.handlers.onLeaderboard?.(update));
  }

  hearViewers(viewers: number): void {
    this.#call(() => this.handlers.onViewers?.(viewers));
  }

  /**
   * The answer of a join, or one sent unasked: so the server brings back a reader that it took out of the stream.
   * `named`: the cursors the join was asked with, where it was. `disputed`: those there were when it was asked without them.
   */
  takeJoined(joined: MatchJoined | TournamentJoined, named: Readonly<Record<string, number>> | null = null, disputed: Readonly<Record<string, number>> = {}): void {
    const first = !this.feed.begun;
    this.feed.answer(joined, disputed);
    if (!joined.complete && this.#history === 'latest') this.feed.skip();
    // The first join of a tournament cannot name matches it has not heard of, and none names all of a large one: what it lacks then, a second one brings.
    const unnamed = first || (named !== null && this.feed.lagging.some(([matchId]) => named[matchId] === undefined));
    this.#turnTo = unnamed && joined.complete ? null : 'http';
    this.#behind = this.feed.isLagging;
    this.#settle(unnamed || !joined.complete ? 0 : undefined);
  }

  // -- joining

  join(link: Link): void {
    if (this.closed || link.state !== 'open' || this.#asking.has(link)) return;
    this.#asking.add(link);
    const { cursors } = this.feed;
    const afresh = this.#ahead > 1;
    const since = afresh ? undefined : this.kind === 'match' ? cursors : sinceOf(this.feed, this.#doubted, this.#strangers);
    const answered = (answer: Answer<MatchJoined> | Answer<TournamentJoined>): void => {
      if (this.closed) return;
      const wait = !answer.ok ? this.#waitAfter(answer.error, afresh) : null;
      if (wait !== null) {
        this.#timers.in(wait, () => {
          this.#asking.delete(link);
          this.join(link);
        });
        return;
      }
      this.#asking.delete(link);
      if (answer.ok) {
        this.#joined.add(link);
        this.#refusal = null;
        this.#ahead = 0;
        this.#strangers = new Set();
        this.takeJoined(answer.data, since ?? null, afresh ? cursors : undefined);
        if (since && 'matches' in answer.data) this.#doubt(link, answer.data, cursors, since);
      } else this.#refuse(answer.error);
      this.host.changed();
    };
    if (this.kind === 'match') link.ask('join_match', { matchId: this.id, since: since?.[this.id] }, answered);
    else link.ask('join_tournament', { tournamentId: this.id, since }, answered);
  }

  /** A cursor in the future is refused where it is named; of a match that was left out, its snapshot shows it. */
  #doubt(link: Link, { matches }: TournamentJoined, cursors: Readonly<Record<string, number>>, named: Readonly<Record<string, number>>): void {
    const doubted = matches.filter(({ id, seq }) => named[id] === undefined && (cursors[id] ?? 0) > seq);
    this.#doubted = new Set(doubted.map(({ id }) => id));
    if (doubted.length > 0)
      this.#timers.in(DOUBT_MS, () => {
        this.join(link);
      });
  }

  /** How long until a refused join is worth asking again, in ms; null: it is not. */
  #waitAfter(refusal: RefusalBody, afresh: boolean): number | null {
    if (isPassing(refusal)) return backoff(this.#failures++, this.host.settings.backoffMaxMs, this.host.settings);
    if (refusal.code === 'CURSOR_AHEAD' && !afresh) {
      this.#ahead += 1;
      return this.#ahead > 1 ? 0 : DOUBT_MS;
    }
    // A match that was deleted, or that this instance has not heard of yet: the others must not wait for it.
    if (refusal.code === 'UNKNOWN_REFERENCE' && this.kind === 'tournament' && this.#strangers.size === 0) {
      this.#strangers = strangersOf(refusal, this.feed.cursors);
      return 0;
    }
    return null;
  }

  /** The server showed this connection out of the room; while a server drains, the other connection is told on its own. */
  evict(link: Link, refusal: RefusalBody): void {
    this.#joined.delete(link);
    if (!this.host.links.some((other) => this.#joined.has(other))) this.#refuse(refusal);
  }

  #refuse(refusal: RefusalBody): void {
    const told = this.#refusal?.code === refusal.code;
    this.#refusal = refusal;
    if (told) return;
    this.#call(() => this.handlers.onError?.(refusal));
  }

  /** A new connection, or a `retry()`: what was refused before may be granted now, say with another token. */
  relink(link: Link): void {
    this.#refusal = null;
    this.join(link);
  }

  // -- what is missing

  /** After anything that may have opened or closed a gap. `ms`: how long what is missing may still come by itself. */
  #settle(ms?: number): void {
    if (!this.feed.isLagging) {
      if (this.#behind) {
        this.#behind = false;
        this.host.changed();
      }
      this.#failures = 0;
      this.#turnTo = null;
      return;
    }
    if (this.#settling !== null || this.#fetching || this.closed) return;
    const { gapPatienceMs, random } = this.host.settings;
    this.#settling = this.#timers.in(ms ?? gapPatienceMs * (0.5 + random()), () => {
      this.#settling = null;
      this.#catchUp();
    });
  }

  #catchUp(): void {
    const lagging = this.feed.lagging;
    const link = this.host.links.find((candidate) => this.#joined.has(candidate));
    // Without a connection the next join asks.
    if (lagging.length === 0 || !link) return;
    this.#behind = true;
    this.host.changed();
    const first = this.kind === 'match' || lagging.length > ONE_BY_ONE_MAX ? 'socket' : 'http';
    if ((this.#turnTo ?? first) === 'socket') this.join(link);
    else void this.#fetch(lagging);
  }

  async #fetch(lagging: [matchId: string, missing: Missing][]): Promise<void> {
    this.#fetching = true;
    const waits = await Promise.all(lagging.map(([matchId, missing]) => this.#fetchMatch(matchId, missing)));
    this.#fetching = false;
    if (this.closed) return;
    const failed = waits.filter((wait) => wait !== null);
    if (failed.length === 0) {
      this.#failures = 0;
      this.#settle();
    } else {
      this.#turnTo = 'socket';
      this.#settle(Math.max(...failed, backoff(this.#failures++, this.host.settings.backoffMaxMs, this.host.settings)));
    }
  }

  /** Null: it has now what it lacked. A number: it has not, and may not ask before so many ms. Never throws. */
  async #fetchMatch(matchId: string, missing: Missing): Promise<number | null> {
    const { log } = this.host;
    try {
      if (missing.snapshot) {
        const snapshot = await log.match(matchId, this.#unwanted.signal);
        if (this.kind === 'tournament' && snapshot.tournamentId !== this.id) this.feed.disown(matchId);
        else this.feed.adopt(snapshot);
      }
      for (let before: number | null = null; !this.closed; ) {
        const lack = this.feed.missing(matchId);
        if (!lack || lack.after === null) return null;
        if (lack.after === before) return 0;
        before = lack.after;
        this.feed.put(...(await log.page(matchId, before, this.#unwanted.signal)).data);
      }
      return null;
    } catch (error) {
      if (!(error instanceof ReadRefusal)) return 0;
      if (error.code === 'NOT_FOUND' && this.kind === 'tournament') {
        this.feed.disown(matchId);
        return null;
      }
      // A cursor in the future is the join's to settle, which is the next way that is tried.
      return error.retryAfterMs ?? 0;
    }
  }

  close(): void {
    this.closed = true;
    this.feed.stop();
    this.#unwanted.abort();
    this.#timers.cancelAll();
  }
}

/** Which of our matches a refused `since` was about; all of them, where the refusal does not say. */
function strangersOf({ details }: RefusalBody, cursors: Readonly<Record<string, number>>): ReadonlySet<string> {
  const named = new Set((Array.isArray(details) ? (details as { path?: unknown }[]) : []).map(({ path }) => (typeof path === 'string' ? path.replace(/^since\./, '') : '')));
  const ours = Object.keys(cursors);
  const strangers = ours.filter((matchId) => named.has(matchId));
  return new Set(strangers.length > 0 ? strangers : ours);
}
