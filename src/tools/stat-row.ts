/** One row of a file as typed values, or the reason why it cannot be read. */
import { gameNamed, type Game } from '../contracts/games/index.js';
import { DisplayName } from '../contracts/id.js';
import { faultsOf } from '../contracts/refusal.js';
import type { Columns, Meaning } from './columns.js';
import type { CsvRow } from './csv-table.js';

export interface StatRow {
  line: number;
  tournament: string | undefined;
  match: string | undefined;
  map: string | undefined;
  startsAt: string | undefined;
  /** Where the file has no teams, everybody plays for themselves: the player. */
  team: string;
  opponent: string | undefined;
  home: string | undefined;
  away: string | undefined;
  player: string;
  playerId: string | undefined;
  result: Result | undefined;
  score: number | undefined;
  opponentScore: number | undefined;
  stats: Record<string, number | string>;
}

export type Result = 'won' | 'lost' | 'draw';

class Unreadable extends Error {}

const WORDS: Readonly<Record<Result, readonly string[]>> = {
  won: ['1', 'true', 'yes', 'y', 'w', 'win', 'won', 'victory'],
  lost: ['0', 'false', 'no', 'n', 'l', 'loss', 'lose', 'lost', 'defeat'],
  draw: ['d', 'draw', 'drawn', 'tie', 'tied'],
};

/** The row, or the reason as a sentence. */
export function readRow(row: CsvRow, columns: Columns, game: Game): StatRow | string {
  const text = (meaning: Meaning): string | undefined => {
    const at = columns.index[meaning];
    return (at === undefined ? undefined : row.fields[at]?.trim()) || undefined;
  };
  /** Absent where the file has no such column, never where the row leaves it empty. */
  const name = (meaning: Meaning, needed: boolean): string | undefined => {
    const value = text(meaning);
    if (value === undefined) {
      if (needed && columns.index[meaning] !== undefined) throw new Unreadable(`${meaning} is missing`);
      return undefined;
    }
    const parsed = DisplayName.safeParse(value);
    if (!parsed.success) throw new Unreadable(`${meaning}: ${parsed.error.issues[0]?.message ?? 'not a name'}`);
    return parsed.data;
  };
  try {
    const player = name('player', true) ?? '';
    const team = name('team', true) ?? player;
    const opponent = name('opponent', false);
    const home = name('home', false);
    const away = name('away', false);
    const facing = team === home ? (['homeScore', 'awayScore'] as const) : team === away ? (['awayScore', 'homeScore'] as const) : undefined;
    const score = count(text('score') ?? (facing && text(facing[0])), 'score');
    const opponentScore = count(text('opponentScore') ?? (facing && text(facing[1])), 'opponent score');
    const result = readResult(text('win'), text('draw'), team, opponent);
    if (score !== undefined && opponentScore !== undefined) agree(result, score, opponentScore);
    return {
      line: row.line,
      tournament: name('tournament', true),
      match: name('match', true),
      map: text('map'),
      startsAt: readTime(text('start')),
      team,
      opponent,
      home,
      away,
      player,
      playerId: name('playerId', false),
      result,
      score,
      opponentScore,
      stats: readStats(row, columns, game),
    };
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

function readStats(row: CsvRow, columns: Columns, game: Game): Record<string, number | string> {
  const stats: Record<string, number | string> = {};
  for (const { name, numeric, index } of columns.stats) {
    const value = row.fields[index]?.trim() ?? '';
    // An empty cell is a stat nobody took, not a zero.
    if (value !== '') stats[name] = numeric ? number(value.replace(/\s*%$/, ''), name) : value;
  }
  const parsed = gameNamed(game).stats.safeParse(stats);
  if (parsed.success) return stats;
  const [fault] = faultsOf(parsed.error);
  throw new Unreadable(fault?.path ? `${fault.path} ${String(stats[fault.path])}: ${fault.message}` : (fault?.message ?? 'not a stat line'));
}

function number(text: string, what: string): number {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Unreadable(`${what}: "${text}" is not a number`);
  return Number(text);
}

function count(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const value = number(text, what);
  if (!Number.isInteger(value) || value < 0 || value > 1_000_000) throw new Unreadable(`${what} ${text} is not a whole number from 0 to 1000000`);
  return value;
}

/** `win` may be a yes or no, a word, or the winner's name. */
function readResult(win: string | undefined, draw: string | undefined, team: string, opponent: string | undefined): Result | undefined {
  const said = win === undefined ? undefined : (wordOf(win) ?? (win === team ? 'won' : win === opponent ? 'lost' : undefined));
  if (win !== undefined && said === undefined) throw new Unreadable(`win: "${win}" says neither yes nor no`);
  const drawn = draw === undefined ? undefined : wordOf(draw);
  if (drawn !== 'won' && drawn !== 'draw') return said;
  if (said === 'won') throw new Unreadable('both a win and a draw');
  return 'draw';
}

function wordOf(text: string): Result | undefined {
  const word = text.toLowerCase();
  return (Object.keys(WORDS) as Result[]).find((result) => WORDS[result].includes(word));
}

/** Equal scores can have a winner all the same: penalties, a tie-break. */
function agree(result: Result | undefined, score: number, opponentScore: number): void {
  const byScore: Result = score > opponentScore ? 'won' : score < opponentScore ? 'lost' : 'draw';
  if (result === undefined || result === byScore || byScore === 'draw') return;
  throw new Unreadable(`win says ${result}, the score ${String(score)}-${String(opponentScore)} says ${byScore}`);
}

/** A time without a zone is UTC: the machine that imports must not decide it. */
function readTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const local = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/.exec(text);
  const ms = local
    ? Date.parse(`${local[1] ?? ''}T${local[2] ?? '00:00'}Z`)
    : /^\d{10}$/.test(text)
      ? Number(text) * 1000
      : /^\d{13}$/.test(text)
        ? Number(text)
        : /^\d{4}-\d{2}-\d{2}[ T].*(Z|[+-]\d{2}:?\d{2})$/i.test(text)
          ? Date.parse(text)
          : Number.NaN;
  if (Number.isNaN(ms)) throw new Unreadable(`start: "${text}" is not a time such as 2026-11-22T16:00:00Z`);
  return new Date(ms).toISOString();
}
