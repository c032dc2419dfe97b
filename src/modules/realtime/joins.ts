/**
 * Joining without a crack. First this instance hears the room, then the state
 * is read, then, in one step that nothing can come between, the socket enters
 * the room and is answered: the answer is true at `seq`, and what the room is
 * sent from then on begins at `seq + 1`.
 */
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { Refusal } from '../../contracts/refusal.js';
import { matchRoom, tournamentRoom } from '../../contracts/room.js';
import type { MatchJoined, TournamentJoined } from '../../contracts/socket.js';
import type { Principal } from '../../contracts/auth.js';
import type { MatchFeed } from './match-feed.js';
import type { MatchFeeds } from './match-feeds.js';
import type { Topics } from './topics.js';
import type { TournamentSocket } from './tournament-socket.js';

export interface JoinsOptions {
  topics: Topics;
  feeds: MatchFeeds;
  /** Throws NOT_FOUND unless the asker may see it. Asked for what is not public only. */
  refuseUnseen: Record<'match' | 'tournament', (asker: Principal | null, id: string) => Promise<unknown>>;
  /** Counts the tournaments that are known here to have become private. */
  becamePrivate: () => number;
  /** Throws RATE_LIMITED if more waits for the socket than an answer may be added to. */
  refuseUnread: (socket: TournamentSocket) => void;
  /** The most missed events an answer holds. */
  catchUpMax: number;
  /** Rooms being joined are held, so that they are not tidied away in between. */
  hold: (room: string) => () => void;
  /** Told which rooms are of private tournaments: they are counted, not named. */
  onJoined: (room: string, visibility: string) => void;
}

type Send<T> = (data: T) => void;
/** Cursors by match. */
type Asked = ReadonlyMap<string, number>;
const NOTHING: Asked = new Map();

/** A join under way: its reads take a while, and the socket may leave meanwhile. */
interface Coming {
  room: string;
  turnedBack: boolean;
}

export class Joins {
  private readonly coming = new WeakMap<TournamentSocket, Set<Coming>>();

  constructor(private readonly options: JoinsOptions) {}

  async match(socket: TournamentSocket, { matchId, since }: { matchId: string; since?: number }, send: Send<MatchJoined>): Promise<void> {
    const room = matchRoom(matchId);
    const { topics, feeds, refuseUnseen, becamePrivate, hold, onJoined } = this.options;
    const release = hold(room);
    const coming = this.begin(socket, room);
    try {
      if (!topics.hears(room)) await topics.hear(room);
      const asOf = becamePrivate();
      const opened = await feeds.open(matchId);
      if (!opened) throw new Refusal('NOT_FOUND', `There is no match ${matchId}`);
      if (opened.visibility !== 'public') await refuseUnseen.match(socket.data.principal, matchId);
      const { feed } = opened;
      const asked: Asked = since === undefined ? NOTHING : new Map([[matchId, since]]);
      const of = new Map([[matchId, feed]]);
      if (asked.size > 0) await this.prepare(of, asked);
      if (becamePrivate() !== asOf) await this.lookAgain(() => refuseUnseen.match(socket.data.principal, matchId));
      // From here to `send` nothing is awaited.
      const { missed, complete } = this.missed(of, asked);
      this.enter(socket, coming);
      onJoined(room, opened.visibility);
      send({ matchId, room, match: this.stateOf(feed, opened.snapshot), missed, complete });
    } finally {
      this.coming.get(socket)?.delete(coming);
      release();
    }
  }

  async tournament(socket: TournamentSocket, { tournamentId, since }: { tournamentId: string; since?: Record<string, number> }, send: Send<TournamentJoined>): Promise<void> {
    const room = tournamentRoom(tournamentId);
    const { topics, feeds, refuseUnseen, becamePrivate, hold, onJoined } = this.options;
    const release = hold(room);
    const coming = this.begin(socket, room);
    try {
      if (!topics.hears(room)) await topics.hear(room);
      const asOf = becamePrivate();
      const opened = await feeds.openTournament(tournamentId);
      if (!opened) throw new Refusal('NOT_FOUND', `There is no tournament ${tournamentId}`);
      if (opened.visibility !== 'public') await refuseUnseen.tournament(socket.data.principal, tournamentId);
      const asked: Asked = new Map(Object.entries(since ?? {}));
      const strangers = [...asked.keys()].filter((id) => !opened.feeds.has(id));
      if (strangers.length > 0) {
        throw new Refusal('UNKNOWN_REFERENCE', `\`since\` names matches that are not of tournament ${tournamentId}`, strangers.map((id) => ({ path: `since.${id}`, message: 'not a match of this tournament' })));
      }
      await this.prepare(opened.feeds, asked);
      if (becamePrivate() !== asOf) await this.lookAgain(() => refuseUnseen.tournament(socket.data.principal, tournamentId));
      // From here to `send` nothing is awaited; matches found meanwhile are in.
      const now = feeds.ofTournament(tournamentId);
      const { missed, complete } = this.missed(now, asked);
      this.enter(socket, coming);
      onJoined(room, opened.visibility);
      const matches = [...now.values()].flatMap((feed) => feed.snapshot ?? []);
      send({ tournamentId, room, matches, missed, complete });
    } finally {
      this.coming.get(socket)?.delete(coming);
      release();
    }
  }

  /** Takes the socket out of the room, and turns back its joins that are still under way. */
  leave(socket: TournamentSocket, room: string): void {
    for (const coming of this.coming.get(socket) ?? []) if (coming.room === room) coming.turnedBack = true;
    void socket.leave(room);
  }

  private begin(socket: TournamentSocket, room: string): Coming {
    const coming: Coming = { room, turnedBack: false };
    const all = this.coming.get(socket);
    if (all) all.add(coming);
    else this.coming.set(socket, new Set([coming]));
    return coming;
  }

  /** What was public when it was read may not be so by now, and who was there then has been shown out: until nothing changed while it was asked. */
  private async lookAgain(refuse: () => Promise<unknown>): Promise<void> {
    const { becamePrivate } = this.options;
    for (let asOf = NaN; asOf !== becamePrivate(); ) {
      asOf = becamePrivate();
      await refuse();
    }
  }

  /** Refuses cursors that cannot be, and gets what can be answered into memory. */
  private async prepare(feeds: ReadonlyMap<string, MatchFeed>, asked: Asked): Promise<void> {
    let missing = 0;
    for (const [id, since] of asked) {
      const feed = feeds.get(id);
      if (!feed) continue;
      if (since > feed.seq) throw new Refusal('CURSOR_AHEAD', `Match ${id} is at seq ${String(feed.seq)}; \`since\` ${String(since)} lies ahead of it`, { matchId: id, seq: feed.seq });
      missing += feed.seq - since;
    }
    if (missing > this.options.catchUpMax) return;
    await Promise.all([...asked].filter(([id, since]) => feeds.get(id)?.after(since) === null).map(([id]) => this.options.feeds.remember(id)));
  }

  private missed(feeds: ReadonlyMap<string, MatchFeed>, asked: Asked): { missed: MatchEvent[]; complete: boolean } {
    const missed: MatchEvent[] = [];
    for (const [id, since] of asked) {
      const events = feeds.get(id)?.after(since);
      if (!events || missed.length + events.length > this.options.catchUpMax) return { missed: [], complete: false };
      missed.push(...events);
    }
    return { missed, complete: true };
  }

  private enter(socket: TournamentSocket, coming: Coming): void {
    // A socket that left while its join was read must not come back as a ghost in the room (test/room-membership.test.ts).
    if (!socket.connected) throw new Refusal('UNAVAILABLE', 'The socket disconnected while joining');
    if (coming.turnedBack) throw new Refusal('UNPROCESSABLE', `${coming.room} was left before it was joined`);
    this.options.refuseUnread(socket);
    void socket.join(coming.room);
  }

  private stateOf(feed: MatchFeed, read: MatchSnapshot): MatchSnapshot {
    return feed.snapshot ?? read;
  }
}
