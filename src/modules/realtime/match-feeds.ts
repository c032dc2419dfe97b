/**
 * All matches that somebody on this instance watches. Events come in from
 * posts, Redis and the log; each goes out once, in order, to the match's and
 * the tournament's room. A gap is filled from the log before anything after it
 * goes out.
 */
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { Refusal } from '../../contracts/refusal.js';
import { matchRoom, tournamentRoom } from '../../contracts/room.js';
import { errorFields, type Logger } from '../../platform/logging/logger.js';
import type { Metrics } from '../../platform/metrics/metrics.js';
import type { FeedRepository, MatchState, TournamentState } from './feed.repository.js';
import { MatchFeed } from './match-feed.js';
import { SharedReads } from './shared-reads.js';

/** Looks into the log before a join gives up: each brings thousands of events. */
const SETTLE_LOOKS = 50;

/** Histories in one read: each is as many events as a feed keeps. */
const HISTORIES_AT_ONCE = 20;

/** How long a gap may close by itself: commits of concurrent posts are announced within a few milliseconds of each other. */
const GAP_MS = 20;

/**
 * Between two reads for those who join: too short to be seen, and it saves 4% of what a connection costs when 10,000
 * come within seconds (bench:fanout). What fills a gap does not wait for it.
 */
const JOIN_REST_MS = 25;

/** Where an event was learnt: a metric's label. */
export type Source = 'local' | 'redis' | 'log';

export interface FeedsOptions {
  repository: FeedRepository;
  /** Hands an event to the local sockets of its rooms. */
  send: (event: MatchEvent) => void;
  /** Told the rooms whose sockets were sent what the log does not have any more. */
  wentBack: (rooms: ReadonlySet<string>) => void;
  /** How many events a match keeps, and how many missed ones a join may be answered with. */
  keep: number;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
}

export class MatchFeeds {
  private readonly feeds = new Map<string, MatchFeed>();
  /** Matches by tournament, for tournaments that are watched as a whole. */
  private readonly tournaments = new Map<string, Set<string>>();
  /** Matches with a gap that is being waited for. */
  private readonly gaps = new Set<string>();
  private readonly matchReads: SharedReads<string, MatchState>;
  private readonly tournamentReads: SharedReads<string, TournamentState>;
  private readonly catchUps: SharedReads<string, true>;
  private readonly histories: SharedReads<string, true>;
  /** Which run of which server the log was read from last. */
  private server: string | undefined;

  constructor(private readonly options: FeedsOptions) {
    const { repository, metrics } = options;
    const counted = <T>(read: Promise<T>): Promise<T> => {
      metrics.snapshotReads.inc();
      return read;
    };
    this.matchReads = new SharedReads((ids) => counted(repository.matches(ids)), JOIN_REST_MS);
    this.tournamentReads = new SharedReads((ids) => counted(repository.tournaments(ids)), JOIN_REST_MS);
    this.catchUps = new SharedReads((ids) => this.readEvents(ids));
    this.histories = new SharedReads((ids) => this.readHistories(ids));
  }

  /** The feed of a match, at least as new as the database was when this was called; undefined: no such match. */
  async open(matchId: string): Promise<{ feed: MatchFeed; snapshot: MatchSnapshot; visibility: string } | undefined> {
    const state = await this.matchReads.read(matchId);
    if (!state) return undefined;
    const feed = this.feedAt(state.match);
    const { snapshot } = feed;
    return { feed, snapshot: snapshot && feed.seq >= state.match.seq ? snapshot : await this.settled(feed, state.match), visibility: state.visibility };
  }

  /** All matches of a tournament likewise, oldest first, and from now on also those that are yet to be scheduled. */
  async openTournament(tournamentId: string): Promise<{ feeds: Map<string, MatchFeed>; visibility: string } | undefined> {
    const state = await this.tournamentReads.read(tournamentId);
    if (!state) return undefined;
    const feeds = new Map(state.matches.map((match) => [match.id, this.feedAt(match)]));
    const watched = this.tournaments.get(tournamentId);
    // A match may be younger than the first read of its tournament, and watched alone meanwhile: its feed is open, and nobody would look for it.
    const alone = watched ? [] : this.matchIdsOf(tournamentId);
    this.tournaments.set(tournamentId, new Set([...(watched ?? []), ...feeds.keys(), ...alone]));
    // Together, so that they share their looks into the log: one after another, a join waited for each match that had moved.
    await Promise.all(
      state.matches.map(async (match) => {
        const feed = feeds.get(match.id);
        if (feed && (feed.seq < match.seq || !feed.snapshot)) await this.settled(feed, match);
      }),
    );
    return { feeds: this.ofTournament(tournamentId), visibility: state.visibility };
  }

  /** The feeds of a watched tournament as they are now, by match. */
  ofTournament(tournamentId: string): Map<string, MatchFeed> {
    const feeds = new Map<string, MatchFeed>();
    for (const id of this.tournaments.get(tournamentId) ?? []) {
      const feed = this.feeds.get(id);
      if (feed) feeds.set(id, feed);
    }
    return feeds;
  }

  get(matchId: string): MatchFeed | undefined {
    return this.feeds.get(matchId);
  }

  /** The tournaments of all open feeds. */
  tournamentIds(): Set<string> {
    return new Set([...this.tournaments.keys(), ...[...this.feeds.values()].map((feed) => feed.tournamentId)]);
  }

  /** Matches of a tournament that have a feed here, watched as a whole or alone. */
  matchIdsOf(tournamentId: string): string[] {
    return [...this.feeds].filter(([, feed]) => feed.tournamentId === tournamentId).map(([id]) => id);
  }

  get size(): number {
    return this.feeds.size;
  }

  /** Takes an event, from wherever it came. */
  accept(event: MatchEvent, source: Source): void {
    const feed = this.feeds.get(event.matchId);
    if (!feed) {
      if (this.tournaments.has(event.tournamentId)) this.discover([event.matchId]);
      return;
    }
    for (const next of feed.take(event)) this.sent(next, source);
    if (feed.hasGap) this.awaitGap(event.matchId);
  }

  /** Looks into the log for whatever was not heard: the answer to a lost message, a dead publisher, a Redis that is away. */
  async tail(): Promise<void> {
    const cursors = new Map([...this.feeds].map(([id, feed]) => [id, feed.seq]));
    if (cursors.size === 0 && this.tournaments.size === 0) return;
    const { server, moved } = await this.options.repository.moved(cursors, [...this.tournaments.keys()]);
    if (this.server !== undefined && this.server !== server) await this.compare();
    this.server = server;
    const unknown = moved.filter(({ id }) => !this.feeds.has(id)).map(({ id }) => id);
    if (unknown.length > 0) this.discover(unknown);
    await Promise.all(moved.filter(({ id, seq }) => (this.feeds.get(id)?.seq ?? seq) < seq).map(({ id }) => this.catchUps.read(id)));
  }

  /** Makes sure that events after `since` can be answered from memory, as far back as is kept. */
  async remember(matchId: string): Promise<void> {
    await this.histories.read(matchId);
  }

  /** To be called every heartbeat: forgets what nobody here watches any more, and events of matches that are over. */
  retain(matchIds: ReadonlySet<string>, tournamentIds: ReadonlySet<string>): void {
    for (const id of this.tournaments.keys()) if (!tournamentIds.has(id)) this.tournaments.delete(id);
    for (const [id, feed] of this.feeds) {
      if (matchIds.has(id) || tournamentIds.has(feed.tournamentId)) feed.look();
      else this.feeds.delete(id);
    }
  }

  /**
   * A match that turns up in a tournament that is already watched was scheduled
   * after that began: its room has seen nothing of it, so its feed starts at 0
   * and catches up. Any other feed starts where the match stands.
   */
  private feedAt(match: MatchSnapshot): MatchFeed {
    let feed = this.feeds.get(match.id);
    if (!feed) {
      const watched = this.tournaments.get(match.tournamentId);
      watched?.add(match.id);
      feed = new MatchFeed(match, watched ? 0 : match.seq, this.options.keep);
      this.feeds.set(match.id, feed);
    }
    return feed;
  }

  /**
   * A feed is never ahead of its log, unless that is another one by now: a standby that lagged took over, or a backup
   * was restored. Only then, and only by what PostgreSQL says: an event that somebody published and nobody committed
   * must end nobody's connection. Feeds whose last event the log does not have begin anew where their matches stand.
   */
  private async compare(): Promise<void> {
    const { repository, keep, logger, wentBack } = this.options;
    const sent = [...this.feeds].filter(([, { seq }]) => seq > 0).map(([id, { seq, at }]) => ({ id, seq, at }));
    const lost = await repository.missing(sent);
    if (lost.length === 0) return;
    const states = await repository.matches(lost);
    const rooms = new Set<string>();
    for (const id of lost) {
      const feed = this.feeds.get(id);
      if (!feed) continue;
      const state = states.get(id);
      if (state) this.feeds.set(id, new MatchFeed(state.match, state.match.seq, keep));
      else {
        this.feeds.delete(id);
        this.tournaments.get(feed.tournamentId)?.delete(id);
      }
      rooms.add(matchRoom(id)).add(tournamentRoom(feed.tournamentId));
    }
    logger.error({ event: 'database_went_back', matches: lost.length });
    wentBack(rooms);
  }

  /** Brings a feed up to a state that was read, event by event, so that sockets already in the room miss none. */
  private async settled(feed: MatchFeed, read: MatchSnapshot): Promise<MatchSnapshot> {
    for (let look = 0; look < SETTLE_LOOKS; look += 1) {
      const { snapshot } = feed;
      if (snapshot && feed.seq >= read.seq) return snapshot;
      await this.catchUps.read(read.id);
    }
    throw new Refusal('UNAVAILABLE', `The log of match ${read.id} could not be read up to ${String(read.seq)}`, undefined, 1);
  }

  /** Matches of a watched tournament that were scheduled after it was opened: its sockets have seen nothing of them yet. */
  private discover(ids: string[]): void {
    this.inBackground(
      Promise.all(
        ids.map(async (id) => {
          const state = await this.matchReads.read(id);
          if (!state || !this.tournaments.has(state.match.tournamentId)) return;
          const feed = this.feedAt(state.match);
          if (feed.seq < state.match.seq) await this.catchUps.read(id);
        }),
      ),
      'feed_discovery_failed',
    );
  }

  /** What is missing is most often a moment away; what has not come by then is read from the log. */
  private awaitGap(matchId: string): void {
    if (this.gaps.has(matchId)) return;
    this.gaps.add(matchId);
    setTimeout(() => {
      this.gaps.delete(matchId);
      if (!this.feeds.get(matchId)?.hasGap) return;
      this.options.metrics.gaps.inc();
      this.inBackground(this.catchUps.read(matchId), 'feed_catch_up_failed');
    }, GAP_MS).unref();
  }

  private inBackground(work: Promise<unknown>, event: string): void {
    work.catch((error: unknown) => {
      // The next tail looks again.
      this.options.logger.warn({ event, ...errorFields(error) });
    });
  }

  private async readEvents(ids: string[]): Promise<Map<string, true>> {
    const cursors = new Map<string, number>();
    for (const id of ids) {
      const feed = this.feeds.get(id);
      if (feed) cursors.set(id, feed.seq);
    }
    for (const event of await this.options.repository.eventsAfter(cursors)) {
      for (const next of this.feeds.get(event.matchId)?.take(event) ?? []) this.sent(next, 'log');
    }
    return new Map(ids.map((id) => [id, true]));
  }

  private async readHistories(ids: string[]): Promise<Map<string, true>> {
    const { repository, keep } = this.options;
    const short = ids.filter((id) => this.feeds.get(id)?.after(Math.max(0, (this.feeds.get(id)?.seq ?? 0) - keep)) === null);
    for (let from = 0; from < short.length; from += HISTORIES_AT_ONCE) {
      const upTo = new Map(short.slice(from, from + HISTORIES_AT_ONCE).flatMap((id) => [[id, this.feeds.get(id)?.seq ?? 0] as const]));
      for (const [id, history] of await repository.histories(upTo, keep)) this.feeds.get(id)?.remember(history);
    }
    return new Map(ids.map((id) => [id, true]));
  }

  private sent(event: MatchEvent, source: Source): void {
    const { send, metrics, now } = this.options;
    send(event);
    metrics.events.inc({ type: event.type, source });
    metrics.deliverySeconds.observe(Math.max(0, now() - Date.parse(event.at)) / 1000);
  }
}
