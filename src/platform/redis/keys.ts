/** Every Redis key and channel, spelled here and nowhere else. The part in braces keeps a family on one node of a cluster. */
const PREFIX = 'grandstand';

export const redisKeys = {
  /** Pub/sub: the events of one room's matches. */
  roomChannel: (room: string): string => `${PREFIX}:events:${room}`,
  /** Pub/sub: an instance speaking to itself. */
  echoChannel: (instanceId: string): string => `${PREFIX}:echo:${instanceId}`,
  /** Sorted set: instance ids by the time of their last report, Unix milliseconds. */
  instances: `${PREFIX}:{presence}:instances`,
  /** String with a TTL: what one instance reports of itself, JSON. */
  presence: (instanceId: string): string => `${PREFIX}:{presence}:${instanceId}`,
  /** Hash with a TTL: the rooms of users that one instance has, with their sockets. */
  userRooms: (instanceId: string): string => `${PREFIX}:{presence}:${instanceId}:users`,
  /** String: counts the changes of a ranking's subject (a game, a tournament); part of the keys below, so that counting on drops them. */
  rankingGeneration: (subject: string): string => `${PREFIX}:{rankings}:generation:${subject}`,
  /** String with a TTL: a line that says how far its replica was, then an answer; both JSON. */
  ranking: (subject: string, generation: string, hash: string): string => `${PREFIX}:{rankings}:${subject}:${generation}:${hash}:answer`,
  /** String with a TTL: how far a replica has to be to have what this generation dropped, in bytes of PostgreSQL's log. */
  rankingPosition: (subject: string, generation: string): string => `${PREFIX}:{rankings}:${subject}:${generation}:position`,
  /** String with a TTL: somebody computes that answer now. */
  rankingLock: (key: string): string => `${key}:lock`,
  /** Pub/sub: top tables of tournaments, for all instances. */
  tablesChannel: `${PREFIX}:tables`,
  /** Pub/sub: ids of tournaments that became private, for all instances. */
  privateChannel: `${PREFIX}:private`,
  /** String with a TTL: this tournament's table was computed less than a second ago. */
  tableTurn: (tournamentId: string): string => `${PREFIX}:table:{${tournamentId}}:turn`,
  /** String with a TTL: a hash of the table that was sent last. */
  tableHash: (tournamentId: string): string => `${PREFIX}:table:{${tournamentId}}:hash`,
  /** Channels of Socket.IO's own adapter. */
  socketIoPrefix: `${PREFIX}:socket.io`,
} as const;
