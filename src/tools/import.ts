/** `npm run import -- FILE.csv --game CSGO`: brings player rows into a running server. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { Game } from '../contracts/games/index.js';
import { RestClient } from '../contracts/rest-client.js';
import { MEANINGS, type ColumnChoice, type Meaning } from './columns.js';
import { runImport, type ImportReport } from './import-run.js';
import { readImport, type ImportFile } from './import-file.js';
import { PatientClient } from './patience.js';
import { Progress, say, sayFaults, warn } from './terminal.js';
import { addressOf, pathFromUser, readToolEnv, tokenFor } from './tool-env.js';
import { explain, toolPatience, UsageError } from './tool-run.js';

const optionOf = (meaning: Meaning): string => `${meaning.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-column`;

const USAGE = `Usage: npm run import -- FILE.csv --game ${Game.options.join('|')} [options]

Brings in a file with one row a player and match. Columns named as the game's
stats are taken; those for tournament, match, start, teams, player, win and
score are known by their usual names or named by an option; the rest is left
out. Running it again changes nothing, but for what has changed in the file.
Ends with 0 if the server has all rows then, as they are in the file; else with 1.

  --url URL          where the server is           (GRANDSTAND_URL, http://127.0.0.1:PORT)
  --token TOKEN      an organizer's token          (GRANDSTAND_TOKEN, the development secret in .grandstand/)
  --tournament NAME  for rows without a tournament (the file's name)
  --map STAT=COLUMN  a stat whose column has another name; as often as needed

Columns by name (players are told apart by --player-id-column; where it is not
given, by a column such as playerId if no id in it has two names, else by name):
${MEANINGS.map((meaning) => `  --${optionOf(meaning)} NAME`).join('\n')}`;

function readArguments() {
  const columns = Object.fromEntries(MEANINGS.map((meaning) => [optionOf(meaning), { type: 'string' as const }]));
  const options = {
    ...columns,
    game: { type: 'string' },
    url: { type: 'string' },
    token: { type: 'string' },
    tournament: { type: 'string' },
    map: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const named = values as Record<string, unknown>;
  const meanings = Object.fromEntries(
    MEANINGS.flatMap((meaning) => {
      const column = named[optionOf(meaning)];
      return typeof column === 'string' ? [[meaning, column]] : [];
    }),
  ) as ColumnChoice['meanings'];
  return { ...values, positionals, meanings };
}

function readStatNames(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || at === pair.length - 1) throw new UsageError(`--map ${pair}: write STAT=COLUMN, such as kills=frags`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function main(): Promise<number> {
  const { positionals, meanings, map = [], ...values } = readArguments();
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError('name one file');
  const game = Game.safeParse(values.game?.toUpperCase());
  if (!game.success) throw new UsageError(`--game ${values.game ?? ''}: one of ${Game.options.join(', ')}`);
  const env = readToolEnv();
  const url = values.url === undefined ? env.url : addressOf(values.url);
  const name = basename(path);
  const file = readImport(await readFile(pathFromUser(path), 'utf8'), {
    game: game.data,
    tournament: values.tournament ?? name.replace(/\.[^.]*$/, ''),
    choice: { meanings, stats: readStatNames(map) },
  });
  sayFile(name, file);
  if (file.plan.matches.length === 0) {
    warn('Nothing can be imported.');
    return 1;
  }

  const progress = new Progress();
  const began = Date.now();
  const report = await runImport({
    client: new PatientClient(new RestClient(url, await tokenFor(values.token, env)), toolPatience()),
    plan: file.plan,
    game: game.data,
    run: randomUUID(),
    onProgress: (what, done, total) => progress.show(`${what}: ${String(done)} of ${String(total)}`),
  }).finally(() => progress.done());
  sayReport(report, (Date.now() - began) / 1000, url);
  return file.faults.length + report.refused.length === 0 ? 0 : 1;
}

function sayFile(name: string, { columns, header, plan, faults, rows }: ImportFile): void {
  const column = (meaning: Meaning) => header[columns.index[meaning] ?? -1] ?? '';
  say(`${name}: ${String(rows)} rows, ${String(plan.matches.length)} matches, ${String(plan.players.length)} players`);
  say(`  stats: ${columns.stats.map(({ name: stat, index }) => (header[index] === stat ? stat : `${stat} (${header[index] ?? ''})`)).join(', ')}`);
  say(`  columns: ${MEANINGS.filter((meaning) => columns.index[meaning] !== undefined).map((meaning) => (column(meaning) === meaning ? meaning : `${meaning} (${column(meaning)})`)).join(', ')}`);
  if (columns.ignored.length > 0) say(`  left out: ${columns.ignored.join(', ')}`);
  say(`  players are told apart by ${plan.identity === 'name' ? 'name' : column('playerId')}`);
  if (plan.sharedId) say(`    not by ${column('playerId')}: ${plan.sharedId.id} stands for ${plan.sharedId.names.slice(0, 3).join(' and ')} (--player-id-column ${column('playerId')} takes it all the same)`);
  if (faults.length === 0) return;
  say(`  ${String(faults.length)} rows cannot go in:`);
  sayFaults(faults, say);
}

function sayReport(report: ImportReport, seconds: number, url: string): void {
  const entered = (what: string, { created, found }: { created: number; found: number }) => `${what}: ${String(created)} new, ${String(found)} there already`;
  say(`Imported into ${url} in ${seconds.toFixed(1)} s`);
  for (const what of ['tournaments', 'teams', 'players', 'matches'] as const) say(`  ${entered(what, report[what])}`);
  say(`  stat lines: ${String(report.statLines.written)} written, ${String(report.statLines.unchanged)} unchanged`);
  if (report.undecided > 0) say(`  ${String(report.undecided)} matches of which the file does not say who won: ended without a winner`);
  if (report.refused.length === 0) return;
  say(`  ${String(report.refused.length)} not taken by the server:`);
  sayFaults(report.refused, say);
}

process.exitCode = await main().catch((error: unknown) => {
  warn(explain(error, USAGE));
  return 1;
});
