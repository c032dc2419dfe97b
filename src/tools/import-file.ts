/** From a file's text to what can be imported of it, and what cannot and why. */
import type { Game } from '../contracts/games/index.js';
import { recognizeColumns, statsOf, type ColumnChoice, type Columns } from './columns.js';
import { readCsv } from './csv-table.js';
import { planImport, type ImportPlan } from './match-sheet.js';
import { readRow, type StatRow } from './stat-row.js';
import type { Fault } from './terminal.js';

export interface ImportFile {
  header: readonly string[];
  columns: Columns;
  plan: ImportPlan;
  /** How many rows the file has, the unreadable ones included. */
  rows: number;
  /** Rows that cannot go in, by line. */
  faults: readonly Fault[];
}

export interface ImportChoice {
  game: Game;
  /** For rows without a tournament. */
  tournament: string;
  choice?: ColumnChoice;
}

export function readImport(text: string, { game, tournament, choice }: ImportChoice): ImportFile {
  const { header, rows, faults: broken } = readCsv(text);
  const columns = recognizeColumns(header, game, choice);
  const { index, stats, told } = columns;
  const has = `; the file has: ${header.join(', ')}`;
  if (stats.length === 0) throw new Error(`no column is named as a stat of ${game} (${statsOf(game).join(', ')}): name one with --map STAT=COLUMN${has}`);
  if (index.player === undefined) throw new Error(`no column for the player: name it with --player-column${has}`);
  if (index.match === undefined && (index.start === undefined || (index.opponent === undefined && index.away === undefined))) {
    throw new Error(`nothing tells which rows are one match: name a column with --match-column${has}`);
  }

  const faults: Fault[] = [...broken];
  const readable: StatRow[] = [];
  for (const row of rows) {
    const read = readRow(row, columns, game);
    if (typeof read === 'string') faults.push({ line: row.line, reason: read });
    else readable.push(read);
  }
  const plan = planImport(readable, { game, tournament, singles: index.team === undefined, playerIdTold: told.has('playerId') });
  return { header, columns, plan, rows: rows.length + broken.length, faults: [...faults, ...plan.faults].sort((a, b) => a.line - b.line) };
}
