/**
 * Brings a socket that was out of the stream back: what it missed and where the
 * matches stand of which it missed something, as the answer to a join. No other
 * match: of a tournament with a thousand of them the answer would be more than
 * may wait for the socket, which would be slow again by what is to help it.
 */
import { matchRoom, tournamentRoom } from '../../contracts/room.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { MatchFeed } from './match-feed.js';
import type { MatchFeeds } from './match-feeds.js';
import type { TournamentSocket } from './tournament-socket.js';

/** `missed`: by match, the last `seq` the socket was sent. Nothing is awaited: what follows goes on where this ends. */
export function resync(socket: TournamentSocket, missed: ReadonlyMap<string, number>, feeds: MatchFeeds, max: number): void {
  const ofTournaments = new Map<string, [MatchFeed, number][]>();
  for (const [matchId, since] of missed) {
    const feed = feeds.get(matchId);
    if (!feed) continue;
    if (socket.rooms.has(tournamentRoom(feed.tournamentId))) {
      const there = ofTournaments.get(feed.tournamentId) ?? [];
      ofTournaments.set(feed.tournamentId, [...there, [feed, since]]);
    } else if (socket.rooms.has(matchRoom(matchId)) && feed.snapshot) {
      socket.emit('joined_match', { matchId, room: matchRoom(matchId), match: feed.snapshot, ...missedSince(feed, since, max) });
    }
  }
  for (const [tournamentId, behind] of ofTournaments) {
    const answers = behind.map(([feed, since]) => missedSince(feed, since, max));
    const all = answers.flatMap((answer) => answer.missed);
    const complete = answers.every((answer) => answer.complete) && all.length <= max;
    const matches = behind.flatMap(([feed]) => feed.snapshot ?? []);
    socket.emit('joined_tournament', { tournamentId, room: tournamentRoom(tournamentId), matches, missed: complete ? all : [], complete });
  }
}

function missedSince(feed: MatchFeed, since: number, max: number): { missed: MatchEvent[]; complete: boolean } {
  const missed = feed.after(since);
  return missed && missed.length <= max ? { missed, complete: true } : { missed: [], complete: false };
}
