/**
 * A CSV file as a header and rows that know their line. A broken row costs
 * itself alone: a quote left open does not swallow the lines behind it.
 */
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { Fault } from './terminal.js';

export interface CsvRow {
  line: number;
  fields: readonly string[];
}

export interface CsvTable {
  header: readonly string[];
  rows: readonly CsvRow[];
  faults: readonly Fault[];
}

/** A field may hold line breaks; one that holds more is a quote that somebody forgot. */
const FIELD_LINES_MAX = 20;
const DELIMITERS = [',', ';', '\t', '|'];

export function readCsv(text: string): CsvTable {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) throw new Error('the file is empty');
  const delimiter = delimiterOf(lines[first] ?? '');
  const head = readRecord(lines, first, delimiter);
  if (typeof head === 'string') throw new Error(`the header cannot be read: ${head}`);
  const header = head.fields.map((name) => name.trim());

  const rows: CsvRow[] = [];
  const faults: Fault[] = [];
  for (let at = first + head.lines; at < lines.length; ) {
    const line = at + 1;
    if (lines[at]?.trim() === '') {
      at += 1;
      continue;
    }
    const read = readRecord(lines, at, delimiter, header.length);
    if (typeof read === 'string') faults.push({ line, reason: read });
    else rows.push({ line, fields: read.fields });
    at += typeof read === 'string' ? 1 : read.lines;
  }
  return { header, rows, faults };
}

function delimiterOf(header: string): string {
  const uses = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (uses(delimiter) > uses(best) ? delimiter : best));
}

interface CsvRecord {
  fields: string[];
  lines: number;
}

/** The record that begins on a line, or why there is none. */
function readRecord(lines: readonly string[], at: number, delimiter: string, width?: number): CsvRecord | string {
  const wrongWidth = (fields: readonly string[]) =>
    width !== undefined && fields.length !== width ? `${String(fields.length)} fields, the header has ${String(width)}` : undefined;
  const line = lines[at] ?? '';
  if (!line.includes('"')) {
    const fields = line.split(delimiter);
    return wrongWidth(fields) ?? { fields, lines: 1 };
  }
  for (let span = 1; span <= FIELD_LINES_MAX && at + span <= lines.length; span += 1) {
    try {
      const [fields = []] = parse(lines.slice(at, at + span).join('\n'), { delimiter, relax_column_count: true });
      const wrong = wrongWidth(fields);
      // Closed by another row's quote, it ends up with too many fields or too few.
      if (wrong === undefined) return { fields, lines: span };
      return span === 1 ? wrong : 'a quote is opened and not closed';
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      if (error.code !== 'CSV_QUOTE_NOT_CLOSED') return span === 1 ? 'a quote stands where none may stand' : 'a quote is opened and not closed';
    }
  }
  return 'a quote is opened and not closed';
}
