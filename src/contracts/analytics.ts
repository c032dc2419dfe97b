/** Rankings. Numbers are JSON numbers; rates and averages have at most two decimals. */
import { z } from 'zod';
import { Game } from './games/index.js';
import { Id, Instant } from './id.js';
import { MatchStatus } from './match.js';
import { queryInt } from './page.js';
import { Stats } from './stats.js';

/** What every ranking can be narrowed down by; a match's date is when it was scheduled for, else when it started. */
export const rankingQuery = {
  game: Game.optional(),
  tournamentId: Id.optional(),
  from: Instant.optional().describe('matches from this time on'),
  to: Instant.optional().describe('matches up to this time'),
};

export const TopPlayersQuery = z.strictObject({ stat: z.string().min(1).max(64), ...rankingQuery, limit: queryInt(1, 100).default(10) });
export const LeaderboardQuery = z.strictObject({ ...rankingQuery, minMatches: queryInt(1, 1_000_000).default(5), limit: queryInt(1, 500).default(100) });
export const KdaQuery = z.strictObject(rankingQuery);

export const TopPlayer = z
  .object({ userId: Id, username: z.string(), totalMatches: z.int(), statValue: z.number(), averagePerMatch: z.number() })
  .meta({ id: 'TopPlayer' });
export type TopPlayer = z.infer<typeof TopPlayer>;

/** kda = (kills + assists) / max(deaths, 1). */
export const Kda = z
  .object({ userId: Id, username: z.string(), kills: z.number(), deaths: z.number(), assists: z.number(), kda: z.number() })
  .meta({ id: 'Kda' });
export type Kda = z.infer<typeof Kda>;

/** `totalMatches` and `wins` are of completed matches; `winRate` is a percentage. Ordered by it, then by `kda`. */
export const LeaderboardRow = z
  .object({ userId: Id, username: z.string(), totalMatches: z.int(), wins: z.int(), winRate: z.number(), totalKills: z.number(), kda: z.number() })
  .meta({ id: 'LeaderboardRow' });
export type LeaderboardRow = z.infer<typeof LeaderboardRow>;

/** A sum with what it is a sum of. */
export const StatTotal = z.object({ stat: z.string(), value: z.number(), matches: z.int(), averagePerMatch: z.number() }).meta({ id: 'StatTotal' });
export type StatTotal = z.infer<typeof StatTotal>;

const Record = z.object({ totalMatches: z.int(), wins: z.int(), draws: z.int(), losses: z.int(), winRate: z.number().nullable() });

export const PlayerPage = z
  .object({
    userId: Id,
    username: z.string(),
    record: Record.describe('completed matches; `winRate` is null without one'),
    games: z.array(z.object({ game: Game, record: Record, lines: z.int(), kda: z.number().nullable(), totals: z.array(StatTotal) })),
    lastMatches: z.array(
      z.object({
        matchId: Id, tournamentId: Id, game: Game, status: MatchStatus, participantId: Id, homeScore: z.int(), awayScore: z.int(),
        result: z.enum(['won', 'lost', 'draw']).nullable(), at: Instant, stats: Stats.nullable(),
      }),
    ),
  })
  .meta({ id: 'PlayerPage' });
export type PlayerPage = z.infer<typeof PlayerPage>;

const Key = z.string().min(1).max(64);
const Keys = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (Array.isArray(given) ? given : [given]).flatMap((text) => text.split(',')))
  .pipe(z.array(Key).min(1).max(20));

const StatPattern = z.record(Key, z.union([z.string().max(200), z.number(), z.boolean(), z.null()], 'text of at most 200 characters, a number, true, false or null')).refine((pattern) => Object.keys(pattern).length > 0, 'name at least one stat');
/** A JSON object as it stands in a query string. */
const Contains = z
  .string()
  .max(1000)
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'a JSON object such as {"champion":"Yasuo"}' });
      return z.NEVER;
    }
  })
  .pipe(StatPattern);

/** PostgreSQL's `@>`, `?`, `?&` and `?|` over stat lines; those that are given must all hold. */
export const StatSearchFilter = {
  contains: Contains.optional().describe('a JSON object the line holds: {"champion":"Yasuo"}'),
  hasKey: Key.optional().describe('a stat the line holds'),
  hasAll: Keys.optional().describe('stats the line holds all of, separated by commas or repeated'),
  hasAny: Keys.optional().describe('stats the line holds at least one of'),
  game: Game.optional(),
  tournamentId: Id.optional(),
  userId: Id.optional(),
};

export const FoundLine = z
  .object({ userId: Id, username: z.string(), game: Game, matchId: Id, tournamentId: Id, participantId: Id, stats: Stats, updatedAt: Instant })
  .meta({ id: 'FoundLine' });
export type FoundLine = z.infer<typeof FoundLine>;

/** One tournament: how far it is, what was played, who leads in each stat. */
export const TournamentAnalytics = z
  .object({
    tournamentId: Id,
    name: z.string(),
    game: Game,
    participants: z.int(),
    matches: z.object({ total: z.int(), scheduled: z.int(), live: z.int(), completed: z.int(), cancelled: z.int() }),
    players: z.int().describe('players with a stat line that counts'),
    lines: z.int(),
    totals: z.array(StatTotal),
    leaders: z.array(z.object({ stat: z.string(), top: z.array(TopPlayer) })),
  })
  .meta({ id: 'TournamentAnalytics' });
export type TournamentAnalytics = z.infer<typeof TournamentAnalytics>;

/** A tournament's top table as it is pushed to its room: at most once a second, only when it changed. `version` grows. */
export const LeaderboardUpdate = z
  .object({ tournamentId: Id, at: Instant, version: z.int(), stat: z.string(), top: z.array(TopPlayer) })
  .meta({ id: 'LeaderboardUpdate' });
export type LeaderboardUpdate = z.infer<typeof LeaderboardUpdate>;
