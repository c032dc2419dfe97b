/** Hands things to the sockets of this instance. The only file that emits to rooms. */
import type { LeaderboardUpdate } from '../../contracts/analytics.js';
import type { MatchEvent } from '../../contracts/event.js';
import type { Notification } from '../../contracts/notification.js';
import { matchRoom, tournamentRoom, userRoom } from '../../contracts/room.js';
import type { Heartbeat, Viewers } from '../../contracts/socket.js';
import type { RoomCast } from './cast/room-cast.js';
import type { TournamentNamespace } from './tournament-socket.js';

export class Fanout {
  constructor(
    private readonly namespace: TournamentNamespace,
    private readonly cast: RoomCast,
  ) {}

  /** Once to each local socket in the match's or the tournament's room. The other instances do the same for theirs. */
  event(event: MatchEvent): void {
    const rooms = this.namespace.local.to(matchRoom(event.matchId)).to(tournamentRoom(event.tournamentId));
    // The event's name is its type; TypeScript cannot see that the two belong together across the union.
    (rooms.emit as (name: string, payload: MatchEvent) => boolean).call(rooms, event.type, event);
  }

  /** Not while events wait for the room: the digest would speak of what its sockets are about to get. Made for those who are there, if it says anything. */
  heartbeat(room: string, lane: string, digestOf: () => Heartbeat | null): void {
    if (!this.isOccupied(room) || this.cast.isBusy(lane)) return;
    const digest = digestOf();
    if (digest) this.namespace.local.to(room).emit('heartbeat', digest);
  }

  /** Every instance is told of every table and tells its own sockets. */
  leaderboard(update: LeaderboardUpdate): void {
    this.namespace.local.to(tournamentRoom(update.tournamentId)).emit('leaderboard_update', update);
  }

  viewers(viewers: Viewers): void {
    this.namespace.local.to(viewers.room).emit('viewers', viewers);
  }

  /** To the user's sockets on every instance, through Socket.IO's adapter. */
  notification(notification: Notification): void {
    this.namespace.to(userRoom(notification.userId)).emit('notification', notification);
  }

  /** Ends the connections of who is in these rooms, here; returns how many. The connection, not the namespace: who is told to leave that does not come back by itself. */
  end(rooms: Iterable<string>): number {
    const ids = new Set<string>();
    for (const room of rooms) for (const id of this.namespace.adapter.rooms.get(room) ?? []) ids.add(id);
    for (const id of ids) this.namespace.sockets.get(id)?.conn.close();
    return ids.size;
  }

  isOccupied(room: string): boolean {
    return this.namespace.adapter.rooms.has(room);
  }

  get connections(): number {
    return this.namespace.sockets.size;
  }
}
