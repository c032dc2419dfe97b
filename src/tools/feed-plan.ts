/**
 * What a feed comes to on the REST surface: who plays, and the steps that an
 * organizer would take, each with the second it happened and its line.
 */
import type { FeedEvent, KillEvent } from './feed.js';
import { parseFeed } from './feed.js';
import { killerOf, sidesOf, victimOf, type TeamIndex } from './feed-sides.js';
import type { Fault } from './terminal.js';

export interface FeedPlayer {
  ref: string;
  name: string;
}

export interface FeedTeam {
  /** By reference; the first one gives a team without a name its name. */
  players: readonly FeedPlayer[];
}

export interface PlayerLine {
  ref: string;
  stats: Record<string, number | string>;
}

export type FeedStep = { line: number; atMs: number } & (
  | { kind: 'start' }
  /** `lines`: the full line of everybody whose numbers changed since the step before. */
  | { kind: 'round'; round: number; homeScore: number; awayScore: number; lines: readonly PlayerLine[] }
  | { kind: 'end'; lines: readonly PlayerLine[] }
);

export interface FeedPlan {
  map: string | undefined;
  home: FeedTeam;
  away: FeedTeam;
  steps: readonly FeedStep[];
  kills: number;
  teamKills: number;
  faults: readonly Fault[];
}

export function planFeed(text: string): FeedPlan {
  const { events, faults } = parseFeed(text);
  const sides = sidesOf(events);
  const names = namesOf(events);
  const byRef = [...sides.teamOf].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  const teamOfIndex = (index: TeamIndex): FeedTeam => ({
    players: byRef.filter(([, team]) => team === index).map(([ref]) => ({ ref, name: names.get(ref) ?? ref })),
  });
  // Not whoever began as CT: over the maps of a series the sides are drawn anew,
  // while references are given out team by team. The lowest one keeps its place.
  const homeIndex = byRef[0]?.[1] ?? 0;

  const tally = new Tally(sides.teamOf);
  const steps: FeedStep[] = [];
  const problems = [...faults];
  let started = false;
  let ended = false;
  for (const event of events) {
    const { line } = event;
    const atMs = Date.parse(event.at);
    if (ended) {
      problems.push({ line, reason: `${event.type} after the game was over` });
      continue;
    }
    if (event.type === 'match_start' && started) {
      problems.push({ line, reason: 'a second match_start in one feed' });
      continue;
    }
    if (!started) {
      // A recording may have been begun late: its first event starts the match.
      steps.push({ kind: 'start', line, atMs });
      started = true;
    }
    if (event.type === 'kill') tally.kill(event);
    else if (event.type === 'assist') {
      if (!tally.assist(event.playerRef ?? event.player)) problems.push({ line, reason: `assist of ${event.player}, who is in no kill of this feed: team unknown` });
    } else if (event.type === 'round_end') {
      const score = sides.scoreAt(event);
      steps.push({ kind: 'round', line, atMs, round: event.round, homeScore: score[homeIndex], awayScore: score[homeIndex === 0 ? 1 : 0], lines: tally.changed() });
    } else if (event.type === 'game_over') {
      steps.push({ kind: 'end', line, atMs, lines: tally.changed() });
      ended = true;
    }
  }
  return {
    map: events.find((event) => event.type === 'match_start')?.map,
    home: teamOfIndex(homeIndex),
    away: teamOfIndex(homeIndex === 0 ? 1 : 0),
    steps,
    kills: tally.kills,
    teamKills: tally.teamKills,
    faults: problems.sort((a, b) => a.line - b.line),
  };
}

/** Under a reference a player keeps the first name they were seen with. */
function namesOf(events: readonly FeedEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  const note = (ref: string, name: string) => names.has(ref) || names.set(ref, name);
  for (const event of events) {
    if (event.type === 'kill') {
      note(killerOf(event), event.killer);
      note(victimOf(event), event.victim);
    } else if (event.type === 'assist') note(event.playerRef ?? event.player, event.player);
  }
  return names;
}

class Tally {
  kills = 0;
  teamKills = 0;
  readonly #lines = new Map<string, { kills: number; deaths: number; assists: number; headshots: number; weapons: Map<string, number> }>();
  readonly #changed = new Set<string>();

  constructor(private readonly teamOf: ReadonlyMap<string, TeamIndex>) {}

  kill(event: KillEvent): void {
    if (event.killerSide === event.victimSide) {
      // Counted for nobody, as on the league's own sheets: there kills equal deaths
      // in every map (test/real-data.test.ts compares all thirty lines).
      this.teamKills += 1;
      return;
    }
    this.kills += 1;
    const killer = this.#line(killerOf(event));
    killer.kills += 1;
    if (event.headshot) killer.headshots += 1;
    killer.weapons.set(event.weapon, (killer.weapons.get(event.weapon) ?? 0) + 1);
    this.#line(victimOf(event)).deaths += 1;
  }

  assist(player: string): boolean {
    if (!this.teamOf.has(player)) return false;
    this.#line(player).assists += 1;
    return true;
  }

  changed(): PlayerLine[] {
    const lines = [...this.#changed].sort().map((ref) => {
      const { weapons, ...counts } = this.#line(ref);
      const [weapon] = [...weapons].sort((a, b) => b[1] - a[1])[0] ?? [];
      return { ref, stats: weapon === undefined ? counts : { ...counts, weapon } };
    });
    this.#changed.clear();
    return lines;
  }

  #line(ref: string) {
    this.#changed.add(ref);
    const line = this.#lines.get(ref) ?? { kills: 0, deaths: 0, assists: 0, headshots: 0, weapons: new Map<string, number>() };
    this.#lines.set(ref, line);
    return line;
  }
}
