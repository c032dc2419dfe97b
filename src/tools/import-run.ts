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
import type { StatLine } from '../contracts/stats.js';
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
  onProgress?: (what: string, done: number, total: number) => void;
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
  const count = (counted: Tally, isNew: boolean) => void (counted[isNew ? 'created' : 'found'] += 1);
  const each = async <T>(what: string, items: readonly T[], work: (item: T) => Promise<void>) => {
    let done = 0;
    await inParallel(width, items, async (item) => {
      await work(item);
      onProgress?.(what, ++done, items.length);
    });
  };
  const writer = new Writer(options);

  // What is there is looked up first: a second run then has little left to ask for.
  const there = new Map<string, MatchSnapshot>();
  await each('tournaments', plan.tournaments, async (tournament) => {
    const created = await writer.tournament(tournament);
    count(report.tournaments, created);
    if (!created) for (const match of await writer.matchesOf(tournament.id)) there.set(match.id, match);
  });
  const lines = new Map<string, ReadonlyMap<string, StatLine>>();
  await each('matches looked up', plan.matches.filter(({ id }) => there.has(id)), async ({ id }) => void lines.set(id, await writer.linesOf(id)));
  const missing = (sheet: MatchSheet) => sheet.lines.filter((line) => !sameLine(line, lines.get(sheet.id)?.get(line.userId)));

  const teams = teamsOf(plan.matches);
  const newTeams = teamsOf(plan.matches.filter(({ id }) => !there.has(id)));
  const writing = new Set(plan.matches.flatMap((sheet) => missing(sheet).map(({ userId }) => userId)));
  const newPlayers = plan.players.filter(({ id }) => writing.has(id));
  report.teams.found = teams.length - newTeams.length;
  report.players.found = plan.players.length - newPlayers.length;
  await each('players', newPlayers, async (player) => count(report.players, await writer.player(player)));
  await each('teams', newTeams, async ([tournamentId, team]) => count(report.teams, await writer.team(tournamentId, team)));
  await each('matches', plan.matches, async (sheet) => {
    try {
      const { created, written, differs } = await writer.match(sheet, there.get(sheet.id), missing(sheet));
      count(report.matches, created);
      report.statLines.written += written;
      report.statLines.unchanged += sheet.lines.length - written;
      if (sheet.winnerId === undefined) report.undecided += 1;
      if (differs !== undefined) report.refused.push({ line: sheet.lines[0]?.line ?? 0, reason: differs });
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
function teamsOf(matches: readonly MatchSheet[]): [tournamentId: string, team: SheetTeam][] {
  const teams = new Map<string, [string, SheetTeam]>();
  for (const { tournamentId, home, away } of matches) {
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

  async matchesOf(id: string): Promise<MatchSnapshot[]> {
    const matches: MatchSnapshot[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.options.client.ask(api.listTournamentMatches, { params: { id }, query: { limit: '200', cursor } });
      matches.push(...page.data);
      if (page.nextCursor === null) return matches;
      cursor = page.nextCursor;
    }
  }

  /** Everybody's last line, from the log: it carries all lines of a `stats_update` that is small enough. */
  async linesOf(id: string): Promise<Map<string, StatLine>> {
    const lines = new Map<string, StatLine>();
    for (let after = 0; ; ) {
      const page = await this.options.client.ask(api.listEvents, { params: { id }, query: { after: String(after) } });
      for (const event of page.data) {
        after = event.seq;
        if (event.type === 'stats_update') for (const line of event.lines ?? []) lines.set(line.userId, line);
      }
      if (page.data.length === 0 || after >= page.seq) return lines;
    }
  }

  async match(sheet: MatchSheet, there: MatchSnapshot | undefined, lines: readonly SheetLine[]): Promise<Entered> {
    const { id, tournamentId, home, away, startsAt } = sheet;
    const { client } = this.options;
    const params = { id };
    let match = there;
    let created = false;
    if (!match) {
      const body = { id, homeParticipantId: home.id, awayParticipantId: away.id, scheduledAt: startsAt ?? null };
      created = await found(client.ask(api.createMatch, { params: { id: tournamentId }, body }));
      match = await client.ask(api.getMatch, { params });
    }
    if (match.status === 'SCHEDULED') match = await this.#moved(id, client.ask(api.startMatch, { params, idempotencyKey: this.#key('start', id) }));
    await this.#stats(id, lines);

    const said = scoreIn(sheet, match);
    if (match.status !== 'COMPLETED' && said && (said[0] !== match.homeScore || said[1] !== match.awayScore)) {
      const [homeScore, awayScore] = said;
      match = await this.#moved(id, client.ask(api.postScore, { params, body: { homeScore, awayScore }, idempotencyKey: this.#key('score', id) }));
    }
    if (match.status !== 'COMPLETED') match = await this.#moved(id, client.ask(api.endMatch, { params, body: { winnerId: sheet.winnerId ?? null }, idempotencyKey: this.#key('end', id) }));
    return { created, written: lines.length, differs: difference(sheet, match) };
  }

  /** Whoever imports the same file at the same time may be a step ahead: then the match is where it should be. */
  async #moved(id: string, asked: Promise<MatchSnapshot>): Promise<MatchSnapshot> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof RestRefusal) || error.problem.code !== 'INVALID_TRANSITION') throw error;
      const match = await this.options.client.ask(api.getMatch, { params: { id } });
      if (match.status === 'CANCELLED') throw error;
      return match;
    }
  }

  /** So many at a time that the log carries every line, which is how the next run knows them. */
  async #stats(id: string, lines: readonly SheetLine[]): Promise<void> {
    for (let at = 0; at < lines.length; at += STATS_UPDATE_LINES_MAX) {
      const body = { lines: lines.slice(at, at + STATS_UPDATE_LINES_MAX).map(({ userId, participantId, stats }) => ({ userId, participantId, stats })) };
      await this.options.client.ask(api.putStats, { params: { id }, body, idempotencyKey: this.#key('stats', id, String(at)) });
    }
  }

  #key(...parts: readonly string[]): string {
    return `import-${hashOf(this.options.run, ...parts)}`;
  }
}

/** The side is a part of it: whoever is in the other team now has lost what they had won. */
function sameLine(line: SheetLine, there: StatLine | undefined): boolean {
  if (there?.participantId !== line.participantId) return false;
  const names = Object.keys(line.stats);
  return names.length === Object.keys(there.stats).length && names.every((name) => line.stats[name] === there.stats[name]);
}

/** The server's home may be the sheet's away: which team a file names first can change with the order of its rows. */
function scoreIn({ score, home }: MatchSheet, match: MatchSnapshot): MatchSheet['score'] {
  return score && match.home.id !== home.id ? [score[1], score[0]] : score;
}

/** A finished match is an organizer's to correct, in the open and with a reason: not an import's. */
function difference(sheet: MatchSheet, match: MatchSnapshot): string | undefined {
  const there = `${String(match.homeScore)}-${String(match.awayScore)}`;
  const here = scoreIn(sheet, match)?.join('-') ?? there;
  if (here !== there) return `match ${sheet.title} ended ${there} on the server, ${here} in the file: left as it is, a correction would change it`;
  if (sheet.winnerId !== undefined && sheet.winnerId !== match.winnerId) return `match ${sheet.title} has another winner on the server: left as it is, a correction would change it`;
  return undefined;
}
