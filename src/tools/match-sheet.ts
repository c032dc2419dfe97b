/**
 * Rows put together: tournaments, players, and one sheet a match with its
 * teams, score, winner and stat lines. Every id follows from the file's words,
 * so that the same rows always name the same things.
 */
import type { Game } from '../contracts/games/index.js';
import { hashOf, stableId } from './stable-id.js';
import type { Result, StatRow } from './stat-row.js';
import type { Fault } from './terminal.js';

export interface SheetTeam {
  id: string;
  name: string;
  /** Where everybody plays for themselves: the player that the participant is. */
  userId?: string;
}

export interface SheetLine {
  line: number;
  userId: string;
  participantId: string;
  stats: Record<string, number | string>;
}

export interface MatchSheet {
  id: string;
  /** How the file names it, for messages. */
  title: string;
  tournamentId: string;
  startsAt: string | undefined;
  home: SheetTeam;
  away: SheetTeam;
  /** Home and away. */
  score: readonly [number, number] | undefined;
  /** A participant's id; null: a draw; undefined: the file does not say. */
  winnerId: string | null | undefined;
  lines: readonly SheetLine[];
}

export interface ImportPlan {
  tournaments: readonly { id: string; name: string; startsAt: string | undefined }[];
  players: readonly { id: string; name: string }[];
  matches: readonly MatchSheet[];
  /** What players are told apart by. */
  identity: 'name' | 'playerId';
  /** A reference that two names share, which is why names were taken. */
  sharedId: { id: string; names: readonly string[] } | undefined;
  faults: readonly Fault[];
}

export interface PlanOptions {
  game: Game;
  /** For rows without a tournament. */
  tournament: string;
  /** The file has no teams: each participant is a player. */
  singles: boolean;
  /** The column of player ids was named by the user and is used whatever it holds. */
  playerIdTold: boolean;
}

export function planImport(rows: readonly StatRow[], { game, tournament, singles, playerIdTold }: PlanOptions): ImportPlan {
  const sharedId = playerIdTold ? undefined : findShared(rows);
  const byId = rows.some((row) => row.playerId !== undefined) && sharedId === undefined;
  const faults: Fault[] = [];
  const players = new Map<string, { id: string; name: string }>();
  const playerOf = (row: StatRow) => {
    const key = byId && row.playerId !== undefined ? `id ${row.playerId}` : `name ${row.player}`;
    // The first name a reference is seen with stays in its id: p001 of one league
    // is not p001 of the next. The tournament has no part in it: careers span them.
    const player = players.get(key) ?? { id: stableId(row.player, game, key), name: row.player };
    players.set(key, player);
    return player;
  };

  const groups = new Map<string, StatRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.tournament ?? tournament, ...matchKey(row)]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const tournaments = new Map<string, { id: string; name: string; startsAt: string | undefined }>();
  const matches: MatchSheet[] = [];
  for (const [key, group] of groups) {
    const teams = teamsOf(group);
    if (typeof teams === 'string') {
      faults.push(...group.map(({ line }) => ({ line, reason: teams })));
      continue;
    }
    const name = group[0]?.tournament ?? tournament;
    const held = tournaments.get(name) ?? { id: stableId(name, game, name), name, startsAt: undefined };
    const startsAt = group.find((row) => row.startsAt !== undefined)?.startsAt;
    const sheet = sheetOf({ key, group, teams, tournamentId: held.id, startsAt, singles, faults, playerOf });
    if (sheet.lines.length === 0) continue;
    if (startsAt !== undefined && (held.startsAt === undefined || startsAt < held.startsAt)) held.startsAt = startsAt;
    tournaments.set(name, held);
    matches.push(sheet);
  }
  matches.sort((a, b) => (a.startsAt ?? '').localeCompare(b.startsAt ?? ''));
  const playing = new Set(matches.flatMap(({ lines }) => lines.map(({ userId }) => userId)));
  return {
    tournaments: [...tournaments.values()],
    players: [...players.values()].filter(({ id }) => playing.has(id)),
    matches,
    identity: byId ? 'playerId' : 'name',
    sharedId,
    faults: faults.sort((a, b) => a.line - b.line),
  };
}

/** A reference that stands for two names cannot be trusted to mean one person: whoever knows better says so. */
function findShared(rows: readonly StatRow[]): ImportPlan['sharedId'] {
  const names = new Map<string, Set<string>>();
  for (const { playerId, player } of rows) if (playerId !== undefined) names.set(playerId, (names.get(playerId) ?? new Set()).add(player));
  for (const [id, shared] of names) if (shared.size > 1) return { id, names: [...shared] };
  return undefined;
}

/** Each map of a series is a match of its own. Without a column for matches, two teams meet once at a time. */
function matchKey(row: StatRow): readonly (string | null)[] {
  if (row.match !== undefined) return [row.match, row.map ?? null];
  const teams = row.home !== undefined && row.away !== undefined ? [row.home, row.away] : [row.team, row.opponent ?? ''];
  return [row.startsAt ?? null, ...teams.sort(), row.map ?? null];
}

function teamsOf(group: readonly StatRow[]): readonly [string, string] | string {
  const placed = group.find((row) => row.home !== undefined && row.away !== undefined && row.home !== row.away);
  if (placed?.home !== undefined && placed.away !== undefined) return [placed.home, placed.away];
  const facing = group.find((row) => row.opponent !== undefined && row.opponent !== row.team);
  if (facing?.opponent !== undefined) return [facing.team, facing.opponent];
  const [home, away] = new Set(group.map((row) => row.team));
  return home !== undefined && away !== undefined ? [home, away] : 'only one team in this match, and no opponent is named';
}

interface SheetInput {
  key: string;
  group: readonly StatRow[];
  teams: readonly [string, string];
  tournamentId: string;
  startsAt: string | undefined;
  singles: boolean;
  faults: Fault[];
  playerOf: (row: StatRow) => { id: string };
}

function sheetOf({ key, group, teams, tournamentId, startsAt, singles, faults, playerOf }: SheetInput): MatchSheet {
  const [home, away] = teams.map((name) => ({ id: stableId(name, 'team', name), name })) as [SheetTeam, SheetTeam];
  const title = group[0]?.match ?? [...teams].sort().join(' - ');
  const lines = new Map<string, SheetLine>();
  let score: readonly [number, number] | undefined;
  let scoreLine = 0;
  const results = new Map<'home' | 'away', { result: Result; line: number }>();
  for (const row of group) {
    const side = row.team === home.name ? 'home' : row.team === away.name ? 'away' : undefined;
    const say = (reason: string) => faults.push({ line: row.line, reason });
    if (side === undefined) {
      say(`team ${row.team} does not play in ${title}, ${home.name} and ${away.name} do`);
      continue;
    }
    const said = scoreOf(row, side);
    if (said && score && (said[0] !== score[0] || said[1] !== score[1])) {
      say(`the score is ${said.join('-')} here and ${score.join('-')} in line ${String(scoreLine)}`);
      continue;
    }
    const before = results.get(side);
    const facing = results.get(side === 'home' ? 'away' : 'home');
    if (row.result !== undefined && before !== undefined && before.result !== row.result) {
      say(`${row.team} ${row.result} here and ${before.result} in line ${String(before.line)}`);
      continue;
    }
    if (row.result === 'won' && facing?.result === 'won') {
      say(`both teams won, by line ${String(facing.line)} and this one`);
      continue;
    }
    const player = playerOf(row);
    const known = lines.get(player.id);
    if (known) {
      say(`${row.player} has a line in this match already (line ${String(known.line)})`);
      continue;
    }
    if (said && !score) [score, scoreLine] = [said, row.line];
    if (row.result !== undefined) results.set(side, { result: row.result, line: row.line });
    if (singles) (side === 'home' ? home : away).userId = player.id;
    lines.set(player.id, { line: row.line, userId: player.id, participantId: side === 'home' ? home.id : away.id, stats: row.stats });
  }
  return {
    id: stableId(title, tournamentId, hashOf(key)),
    title,
    tournamentId,
    startsAt,
    home,
    away,
    score,
    winnerId: winnerOf(home.id, away.id, score, results.get('home')?.result, results.get('away')?.result),
    lines: [...lines.values()],
  };
}

function scoreOf(row: StatRow, side: 'home' | 'away'): readonly [number, number] | undefined {
  if (row.score === undefined || row.opponentScore === undefined) return undefined;
  return side === 'home' ? [row.score, row.opponentScore] : [row.opponentScore, row.score];
}

/** The score decides; where it is equal or unknown, the win column does. */
function winnerOf(homeId: string, awayId: string, score: readonly [number, number] | undefined, home: Result | undefined, away: Result | undefined): string | null | undefined {
  if (score && score[0] !== score[1]) return score[0] > score[1] ? homeId : awayId;
  if (home === 'won') return homeId;
  if (away === 'won') return awayId;
  if (score || home === 'draw' || away === 'draw' || (home === 'lost' && away === 'lost')) return null;
  if (home === 'lost') return awayId;
  return away === 'lost' ? homeId : undefined;
}
