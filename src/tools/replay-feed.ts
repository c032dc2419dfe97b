/**
 * Plays a planned feed into a server as an organizer would. Safe to run again:
 * ids come from the file, what a line causes carries its Idempotency-Key, a
 * finished match is left alone and an interrupted one goes on where it stands.
 */
import { api } from '../contracts/api.js';
import type { MatchSnapshot } from '../contracts/match.js';
import { RestRefusal } from '../contracts/rest-client.js';
import type { FeedPlan, FeedStep, FeedTeam, PlayerLine } from './feed-plan.js';
import { found, unlessRefused } from './found.js';
import { inParallel } from './in-parallel.js';
import type { PatientClient } from './patience.js';
import { hashOf, stableId } from './stable-id.js';
import type { Fault } from './terminal.js';

export interface ReplayNames {
  /** The file's name without its folder. */
  file: string;
  /** The file's text: two recordings of one name are two matches. */
  text: string;
  tournamentId?: string;
  matchId?: string;
  home?: string;
  away?: string;
}

export interface ReplayOptions {
  client: PatientClient;
  plan: FeedPlan;
  names: ReplayNames;
  /** How many seconds of the feed pass in one; 0 or Infinity: all at once. */
  speed: number;
  clock: { now(): number; sleep(ms: number): Promise<unknown> };
  say: (line: string) => void;
}

export interface ReplayReport {
  tournamentId: string;
  match: MatchSnapshot;
  /** `already`: the match was complete before, nothing was sent. `open`: the feed has no end. */
  result: 'played' | 'already' | 'open';
  rounds: number;
  statLines: number;
  refused: Fault[];
}

/** The server is not in a state in which this feed can be played. */
export class ReplayStopped extends Error {}

export async function replayFeed(options: ReplayOptions): Promise<ReplayReport> {
  const { plan, names, say } = options;
  const title = names.file.replace(/\.[^.]*$/, '');
  const existing = names.matchId === undefined ? undefined : await findMatch(options, names.matchId);
  const tournamentId = names.tournamentId ?? existing?.tournamentId ?? stableId(title, names.text);
  const matchId = names.matchId ?? stableId(title, names.text, tournamentId);
  let match = existing ?? (await findMatch(options, matchId));
  if (match && match.tournamentId !== tournamentId) throw new ReplayStopped(`match ${matchId} belongs to tournament ${match.tournamentId}, not to ${tournamentId}: choose another --match`);
  if (match?.status === 'COMPLETED') return { tournamentId, match, result: 'already', rounds: 0, statLines: 0, refused: [] };
  if (match?.status === 'CANCELLED') throw new ReplayStopped(`match ${matchId} was cancelled: choose another --match`);

  const teams = [sideOf(plan.home, names.home, 'Home'), sideOf(plan.away, names.away, 'Away')] as const;
  const users = new Map([...teams[0].players, ...teams[1].players].map(({ ref, name }) => [ref, stableId(name, 'feed', tournamentId, ref, name)]));
  if (!match) {
    say(`Entering ${teams[0].name} against ${teams[1].name}, ${String(users.size)} players, in tournament ${tournamentId}`);
    await enter(options, tournamentId, title);
    match = await createMatch(options, tournamentId, matchId, teams, firstAt(plan));
  }
  // Also on the way back from an interruption, which may have come before all were there.
  await inParallel(4, [...teams[0].players, ...teams[1].players], async ({ ref, name }) => {
    const body = { id: users.get(ref), username: name };
    await found(options.client.ask(api.createUser, { body }));
  });

  const [homeId, awayId] = [match.home.id, match.away.id];
  const participants = new Map(teams.flatMap(({ players }, index) => players.map(({ ref }) => [ref, index === 0 ? homeId : awayId] as const)));
  return playSteps(options, match, (line) => ({ userId: users.get(line.ref) ?? '', participantId: participants.get(line.ref) ?? '', stats: line.stats }));
}

interface TeamEntry {
  name: string;
  players: FeedTeam['players'];
}

/** A team without a name is called after its first player, as pick-up teams are. */
function sideOf(team: FeedTeam, given: string | undefined, fallback: string): TeamEntry {
  const first = team.players[0];
  return { name: given ?? (first ? `Team ${first.name}` : fallback), players: team.players };
}

function firstAt(plan: FeedPlan): number | undefined {
  return plan.steps[0]?.atMs;
}

async function findMatch({ client }: ReplayOptions, id: string): Promise<MatchSnapshot | undefined> {
  return unlessRefused('NOT_FOUND', client.ask(api.getMatch, { params: { id } }));
}

async function enter({ client }: ReplayOptions, id: string, title: string): Promise<void> {
  await found(client.ask(api.createTournament, { body: { id, name: title, game: 'CSGO' } }));
  const tournament = await client.ask(api.getTournament, { params: { id } });
  if (tournament.game !== 'CSGO') throw new ReplayStopped(`tournament ${id} plays ${tournament.game}, this feed is CSGO: choose another --tournament`);
}

async function createMatch(options: ReplayOptions, tournamentId: string, id: string, teams: readonly [TeamEntry, TeamEntry], startMs: number | undefined): Promise<MatchSnapshot> {
  const { client } = options;
  const ids = teams.map(({ name }) => stableId(name, 'team', name));
  const [homeParticipantId = '', awayParticipantId = ''] = ids;
  if (homeParticipantId === awayParticipantId) throw new ReplayStopped(`both teams are called ${teams[0].name}: name them with --home and --away`);
  for (const [index, team] of teams.entries()) {
    const body = { id: ids[index], name: team.name };
    await found(client.ask(api.createParticipant, { params: { id: tournamentId }, body }));
  }
  const body = { id, homeParticipantId, awayParticipantId, scheduledAt: startMs === undefined ? null : new Date(startMs).toISOString() };
  await found(client.ask(api.createMatch, { params: { id: tournamentId }, body }));
  return client.ask(api.getMatch, { params: { id } });
}

type StatLineOf = (line: PlayerLine) => { userId: string; participantId: string; stats: PlayerLine['stats'] };

/** Where an interrupted replay goes on: behind the round whose score the match shows. */
function stepsLeft(plan: FeedPlan, match: MatchSnapshot): readonly FeedStep[] {
  if (match.status === 'SCHEDULED') return plan.steps;
  if (match.homeScore + match.awayScore === 0) return plan.steps.filter((step) => step.kind !== 'start');
  const last = plan.steps.findLastIndex((step) => step.kind === 'round' && step.homeScore === match.homeScore && step.awayScore === match.awayScore);
  if (last >= 0) return plan.steps.slice(last + 1);
  throw new ReplayStopped(`match ${match.id} stands at ${String(match.homeScore)}-${String(match.awayScore)}, which this feed never comes to: choose another --match`);
}

async function playSteps(options: ReplayOptions, before: MatchSnapshot, statLineOf: StatLineOf): Promise<ReplayReport> {
  const { client, plan, clock, speed, say, names } = options;
  const { id, tournamentId } = before;
  const params = { id };
  const key = (step: FeedStep, what: string) => `replay-${hashOf(id, names.text)}-${String(step.line)}-${what}`;
  const steps = stepsLeft(plan, before);
  const rounds = plan.steps.filter((step) => step.kind === 'round').length;
  const report: ReplayReport = { tournamentId, match: before, result: 'open', rounds: 0, statLines: 0, refused: [] };
  if (before.status === 'LIVE') say(`Match ${id} is live at ${String(before.homeScore)}-${String(before.awayScore)}: going on from there`);

  // Due times hang on the beginning, not on the step before: waiting never adds up to drift.
  const skipped = plan.steps.length - steps.length;
  const feedBegan = plan.steps[Math.max(skipped - 1, 0)]?.atMs ?? 0;
  const began = clock.now();
  const dueIn = (step: FeedStep) => (speed > 0 && Number.isFinite(speed) ? began + (step.atMs - feedBegan) / speed - clock.now() : 0);

  const match = { over: false };
  /** One thing refused does not hold up the others, unless nothing would go through. */
  const post = async (step: FeedStep, asked: Promise<unknown>): Promise<boolean> => {
    try {
      await asked;
      return true;
    } catch (error) {
      if (!(error instanceof RestRefusal) || error.status === 401 || error.status === 403 || error.status >= 500) throw error;
      report.refused.push({ line: step.line, reason: error.message });
      // Somebody else ended or cancelled it: nothing that follows would be taken.
      match.over ||= error.problem.code === 'INVALID_TRANSITION' && step.kind !== 'start';
      return false;
    }
  };

  for (const step of steps) {
    const ms = dueIn(step);
    if (ms > 0) await clock.sleep(ms);
    if (step.kind === 'start') {
      await post(step, client.ask(api.startMatch, { params, idempotencyKey: key(step, 'start') }));
      continue;
    }
    if (step.lines.length > 0) {
      const body = { lines: step.lines.map(statLineOf) };
      if (await post(step, client.ask(api.putStats, { params, body, idempotencyKey: key(step, 'stats') }))) report.statLines += step.lines.length;
    }
    if (step.kind === 'round') {
      // The score comes last: a match that shows it has the round's lines too.
      const { homeScore, awayScore } = step;
      if (await post(step, client.ask(api.postScore, { params, body: { homeScore, awayScore }, idempotencyKey: key(step, 'score') }))) report.rounds += 1;
      say(`${new Date(step.atMs).toISOString().slice(11, 19)}  round ${String(step.round)} of ${String(rounds)}  ${String(homeScore)}-${String(awayScore)}`);
    } else if (await post(step, client.ask(api.endMatch, { params, body: {}, idempotencyKey: key(step, 'end') }))) report.result = 'played';
    if (match.over) break;
  }
  report.match = await client.ask(api.getMatch, { params });
  return report;
}
