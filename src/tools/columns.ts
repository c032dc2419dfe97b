/**
 * Which column of a file means what: the game's stats by their own names,
 * everything around them by the names people usually give it, or as told.
 */
import { z } from 'zod';
import { gameNamed, type Game } from '../contracts/games/index.js';

/** The usual names, as `plain` makes them. The first that a file has is taken. */
const USUAL = {
  tournament: ['tournament', 'tournamentname', 'tournamentid', 'competition', 'event', 'eventname', 'league', 'cup'],
  match: ['match', 'matchid', 'matchref', 'matchkey', 'fixture', 'fixtureid', 'gameid'],
  map: ['map', 'mapname', 'mapnumber', 'gamenumber'],
  start: ['start', 'startedat', 'startsat', 'starttime', 'starts', 'kickoff', 'kickofftime', 'scheduledat', 'playedat', 'datetime', 'matchdate', 'date'],
  team: ['team', 'teamname', 'club', 'squad'],
  opponent: ['opponent', 'opponentteam', 'opponentname', 'opposition', 'against', 'versus', 'vs', 'enemy', 'enemyteam'],
  home: ['home', 'hometeam', 'hometeamname'],
  away: ['away', 'awayteam', 'awayteamname'],
  player: ['player', 'playername', 'username', 'handle', 'nickname', 'nick', 'gamertag', 'ign', 'name'],
  playerId: ['playerid', 'userid', 'steamid', 'accountid', 'puuid', 'playerref', 'playerkey'],
  win: ['win', 'won', 'iswin', 'iswinner', 'winner', 'winningteam', 'victory', 'result'],
  draw: ['draw', 'isdraw', 'drawn', 'tie', 'tied'],
  score: ['teamscore', 'teamgoals', 'teamrounds', 'teampoints', 'scorefor', 'goalsfor', 'ownscore'],
  opponentScore: ['opponentscore', 'opponentgoals', 'opponentrounds', 'opponentpoints', 'scoreagainst', 'goalsagainst', 'enemyscore'],
  homeScore: ['homescore', 'homegoals', 'homerounds', 'scorehome', 'goalshome'],
  awayScore: ['awayscore', 'awaygoals', 'awayrounds', 'scoreaway', 'goalsaway'],
} as const satisfies Record<string, readonly string[]>;

export type Meaning = keyof typeof USUAL;
export const MEANINGS = Object.keys(USUAL) as Meaning[];

/** As told on the command line, by the file's own column names. */
export interface ColumnChoice {
  meanings?: Partial<Record<Meaning, string>>;
  /** stat → column */
  stats?: Readonly<Record<string, string>>;
}

export interface Stat {
  name: string;
  numeric: boolean;
  /** Where it stands in a row. */
  index: number;
}

export interface Columns {
  index: Readonly<Partial<Record<Meaning, number>>>;
  stats: readonly Stat[];
  ignored: readonly string[];
  /** Told by the user, so that no second thoughts are due. */
  told: ReadonlySet<Meaning>;
}

/** Case and separators tell nothing apart: `Started at`, `started_at`, `startedAt`. */
const plain = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

export function statsOf(game: Game): string[] {
  const { stats } = gameNamed(game);
  if (!(stats instanceof z.ZodObject)) throw new Error(`${game} does not name its stats`);
  return Object.keys(stats.shape);
}

export function recognizeColumns(header: readonly string[], game: Game, choice: ColumnChoice = {}): Columns {
  const taken = new Set<number>();
  const exactly = (column: string, what: string): number => {
    const index = header.indexOf(column);
    const found = index >= 0 ? index : header.findIndex((name) => plain(name) === plain(column));
    if (found < 0) throw new Error(`there is no column "${column}" (for ${what}); the file has: ${header.join(', ')}`);
    taken.add(found);
    return found;
  };
  const known = statsOf(game);
  const numeric = gameNamed(game).numericStats;
  for (const stat of Object.keys(choice.stats ?? {})) if (!known.includes(stat)) throw new Error(`${game} has no stat "${stat}"; it has: ${known.join(', ')}`);

  const index: Partial<Record<Meaning, number>> = {};
  const told = new Set<Meaning>();
  for (const meaning of MEANINGS) {
    const column = choice.meanings?.[meaning];
    if (column === undefined) continue;
    index[meaning] = exactly(column, meaning);
    told.add(meaning);
  }
  const free = (names: readonly string[]): number | undefined => {
    for (const name of names) {
      const at = header.findIndex((column, position) => !taken.has(position) && plain(column) === name);
      if (at >= 0) return at;
    }
    return undefined;
  };
  const chosen = new Map(Object.entries(choice.stats ?? {}).map(([stat, column]) => [stat, exactly(column, stat)]));
  const stats: Stat[] = [];
  for (const name of known) {
    const at = chosen.get(name) ?? free([plain(name)]);
    if (at === undefined) continue;
    taken.add(at);
    stats.push({ name, numeric: numeric.includes(name), index: at });
  }
  for (const meaning of MEANINGS) {
    if (index[meaning] !== undefined) continue;
    const at = free(USUAL[meaning]);
    if (at === undefined) continue;
    taken.add(at);
    index[meaning] = at;
  }
  return { index, stats, told, ignored: header.filter((_, position) => !taken.has(position)) };
}
