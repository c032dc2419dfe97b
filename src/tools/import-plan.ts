/**
 * Brings planned rows into a server as an organizer would. Safe to run again:
 * what is there is found by its id and compared, only what is missing or has
 * changed in the file is written.
 */
import { api } from '../contracts/api.js';
import { STATS_UPDATE_LINES_MAX } from '../contracts/event.js';
import type { Game } from '../contracts/games/index.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { RestRefusal } from '../contracts/rest-client.js';
import type { Stats } from '../contracts/stats.js';
import { found } from './found.js';
import { inParallel } from './in-parallel.js';
import type { ImportPlan, MatchSheet, SheetLine, SheetTeam } from './match-sheet.js';
import type { PatientClient } from './patience.js';
import { hashOf } from './stable-id.js';
import type { Fault } from './terminal.js';

export interface ImportOptions {
  client: PatientClient;
  plan: ImportPlan;
  game: Game;
  /** Names this run, so that a request sent twice is known for one, and one of an earlier run is not. */
  run: string;
  /** How many requests are under way at a time. @default 8 */
  width?: number;
  onProgress?: (done: number, total: number) => void;
}

interface Tally {
  created: number;
  found: number;
}

export interface ImportReport {
  tournaments: Tally;
  players: Tally;
  teams: Tally;
  matches: Tally;
  statLines: { written: number; unchanged: number };
  /** Matches of which the file does not say who won. */
  undecided: number;
  refused: Fault[];
}

/** The server holds something else under the name of this import. */
export class ImportStopped extends Error {}

export async function runImport(options: ImportOptions): Promise<ImportReport> {
  const { plan, width = 8, onProgress } = options;
  const tally = (): Tally => ({ created: 0, found: 0 });
  const report: ImportReport = { tournaments: tally(), players: tally(), teams: tally(), matches: tally(), statLines: { written: 0, unchanged: 0 }, undecided: 0, refused: [] };
  const teams = teamsOf(plan);
  const total = plan.tournaments.length + plan.players.length + teams.length + plan.matches.length;
  let done = 0;
  const each = <T>(items: readonly T[], work: (item: T) => Promise<void>) =>
    inParallel(width, items, async (item) => {
      await work(item);
      onProgress?.(++done, total);
    });
  const count = (counted: Tally, isNew: boolean) => void (counted[isNew ? 'created' : 'found'] += 1);
  const writer = new Writer(options);

  await each(plan.tournaments, async (tournament) => count(report.tournaments, await writer.tournament(tournament)));
  await each(plan.players, async (player) => count(report.players, await writer.player(player)));
  await each(teams, async ([tournamentId, team]) => count(report.teams, await writer.team(tournamentId, team)));
  await each(plan.matches, async (sheet) => {
    try {
      const entered = await writer.match(sheet);
      count(report.matches, entered.created);
      report.statLines.written += entered.written;
      report.statLines.unchanged += sheet.lines.length - entered.written;
      if (sheet.winnerId === undefined) report.undecided += 1;
      if (entered.differs !== undefined) report.refused.push({ line: sheet.lines[0]?.line ?? 0, reason: entered.differs });
    } catch (error) {
      // One match refused does not hold up the others, unless no match would go through.
      if (!(error instanceof RestRefusal) || error.status === 401 || error.status === 403 || error.status >= 500) throw error;
      report.refused.push({ line: sheet.lines[0]?.line ?? 0, reason: `match ${sheet.title}: ${error.message}` });
    }
  });
  report.refused.sort((a, b) => a.line - b.line);
  return report;
}

/** Every team once a tournament. */
function teamsOf(plan: ImportPlan): [tournamentId: string, team: SheetTeam][] {
  const teams = new Map<string, [string, SheetTeam]>();
  for (const { tournamentId, home, away } of plan.matches) {
    for (const team of [home, away]) {
      const key = `${tournamentId} ${team.id}`;
      if (teams.get(key)?.[1].userId === undefined) teams.set(key, [tournamentId, team]);
    }
  }
  return [...teams.values()];
}

interface Entered {
  created: boolean;
  written: number;
  /** How the finished match on the server disagrees with the file. */
  differs?: string;
}

class Writer {
  constructor(private readonly options: ImportOptions) {}

  async tournament({ id, name, startsAt }: ImportPlan['tournaments'][number]): Promise<boolean> {
    const { game } = this.options;
    const created = await found(this.options.client.ask(api.createTournament, { body: { id, name, game, startsAt: startsAt ?? null } }));
    if (created) return true;
    const there = await this.options.client.ask(api.getTournament, { params: { id } });
    if (there.game !== game) throw new ImportStopped(`tournament ${id} plays ${there.game}, not ${game}`);
    return false;
  }

  player({ id, name }: ImportPlan['players'][number]): Promise<boolean> {
    return found(this.options.client.ask(api.createUser, { body: { id, username: name } }));
  }

  team(tournamentId: string, { id, name, userId }: SheetTeam): Promise<boolean> {
    const body = { id, name, userId: userId ?? null };
    return found(this.options.client.ask(api.createParticipant, { params: { id: tournamentId }, body }));
  }

  async match(sheet: MatchSheet): Promise<Entered> {
    const { id, tournamentId, home, away, startsAt } = sheet;
    const params = { id };
    const body = { id, homeParticipantId: home.id, awayParticipantId: away.id, scheduledAt: startsAt ?? null };
    const created = await found(this.options.client.ask(api.createMatch, { params: { id: tournamentId }, body }));
    let match = created ? undefined : await this.options.client.ask(api.getMatch, { params });
    if (match?.status === 'COMPLETED') return { created, written: await this.#stats(sheet, await this.#linesThere(id)), differs: difference(sheet, match) };

    const lines = match?.status === 'LIVE' ? await this.#linesThere(id) : new Map<string, Stats>();
    if (match?.status !== 'LIVE') match = await this.options.client.ask(api.startMatch, { params, idempotencyKey: this.#key('start', id) });
    const written = await this.#stats(sheet, lines);
    if (sheet.score && (sheet.score[0] !== match.homeScore || sheet.score[1] !== match.awayScore)) {
      const [homeScore, awayScore] = sheet.score;
      await this.options.client.ask(api.postScore, { params, body: { homeScore, awayScore }, idempotencyKey: this.#key('score', id) });
    }
    await this.options.client.ask(api.endMatch, { params, body: { winnerId: sheet.winnerId ?? null }, idempotencyKey: this.#key('end', id) });
    return { created, written };
  }

  /** Writes what differs from what is there. So many at a time that the log carries every line: that is how it is known. */
  async #stats(sheet: MatchSheet, there: ReadonlyMap<string, Stats>): Promise<number> {
    const missing = sheet.lines.filter((line) => !sameStats(line, there.get(line.userId)));
    for (let at = 0; at < missing.length; at += STATS_UPDATE_LINES_MAX) {
      const lines = missing.slice(at, at + STATS_UPDATE_LINES_MAX).map(({ userId, participantId, stats }) => ({ userId, participantId, stats }));
      await this.options.client.ask(api.putStats, { params: { id: sheet.id }, body: { lines }, idempotencyKey: this.#key('stats', sheet.id, String(at)) });
    }
    return missing.length;
  }

  async #linesThere(id: string): Promise<Map<string, Stats>> {
    const lines = new Map<string, Stats>();
    for (let after = 0; ; ) {
      const page = await this.options.client.ask(api.listEvents, { params: { id }, query: { after: String(after) } });
      for (const event of page.data) {
        after = event.seq;
        if (event.type === 'stats_update') for (const line of event.lines ?? []) lines.set(line.userId, line.stats);
      }
      if (page.data.length === 0 || after >= page.seq) return lines;
    }
  }

  #key(...parts: readonly string[]): string {
    return `import-${hashOf(this.options.run, ...parts)}`;
  }
}

function sameStats(line: SheetLine, there: Stats | undefined): boolean {
  if (there === undefined) return false;
  const names = Object.keys(line.stats);
  return names.length === Object.keys(there).length && names.every((name) => line.stats[name] === there[name]);
}

/** A finished match is an organizer's to correct, in the open and with a reason: not an import's. */
function difference(sheet: MatchSheet, match: MatchSnapshot): string | undefined {
  const there = `${String(match.homeScore)}-${String(match.awayScore)}`;
  const here = sheet.score?.join('-') ?? there;
  if (here !== there) return `match ${sheet.title} ended ${there} on the server, ${here} in the file: left as it is, a correction would change it`;
  if (sheet.winnerId !== undefined && sheet.winnerId !== match.winnerId) return `match ${sheet.title} has another winner on the server: left as it is, a correction would change it`;
  return undefined;
}
