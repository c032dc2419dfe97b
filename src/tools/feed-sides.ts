/**
 * Which team a player is in, and which team plays as counter-terrorists in a
 * round. A feed names sides only, and teams change sides at half time and in
 * overtime: who stands on which side tells, by majority, who changed.
 */
import type { FeedEvent, FeedSide } from './feed.js';

/** 0: the team that began as counter-terrorists. */
export type TeamIndex = 0 | 1;
const other = (team: TeamIndex): TeamIndex => (team === 0 ? 1 : 0);

export interface Sides {
  /** Player (by reference) → team. */
  teamOf: ReadonlyMap<string, TeamIndex>;
  /** Scores of team 0 and team 1 after a round, by its `round_end`. */
  scoreAt(roundEnd: FeedEvent & { type: 'round_end' }): readonly [number, number];
}

export const killerOf = (kill: { killer: string; killerRef?: string }): string => kill.killerRef ?? kill.killer;
export const victimOf = (kill: { victim: string; victimRef?: string }): string => kill.victimRef ?? kill.victim;

export function sidesOf(events: readonly FeedEvent[]): Sides {
  const sightings = new Map<number, [player: string, side: FeedSide][]>();
  for (const event of events) {
    if (event.type !== 'kill') continue;
    const seen = sightings.get(event.round) ?? [];
    seen.push([killerOf(event), event.killerSide], [victimOf(event), event.victimSide]);
    sightings.set(event.round, seen);
  }

  const teamOf = new Map<string, TeamIndex>();
  const ctIn = new Map<number, TeamIndex>();
  const rounds = [...new Set([...sightings.keys(), ...events.flatMap((event) => (event.type === 'round_end' ? [event.round] : []))])].sort((a, b) => a - b);
  const ends = new Map(events.flatMap((event) => (event.type === 'round_end' ? [[event.round, event] as const] : [])));
  let ct: TeamIndex = 0;
  let score: readonly [number, number] = [0, 0];
  for (const round of rounds) {
    const seen = sightings.get(round) ?? [];
    const end = ends.get(round);
    ct = votedCt(seen, teamOf) ?? (end ? steppedCt(score, end, ct) : ct);
    ctIn.set(round, ct);
    for (const [player, side] of seen) if (!teamOf.has(player)) teamOf.set(player, side === 'CT' ? ct : other(ct));
    if (end) score = byTeam(end, ct);
  }
  return { teamOf, scoreAt: (end) => byTeam(end, ctIn.get(end.round) ?? 0) };
}

function byTeam(end: { ct: number; t: number }, ct: TeamIndex): readonly [number, number] {
  return ct === 0 ? [end.ct, end.t] : [end.t, end.ct];
}

/** Everybody already placed has a vote: whoever stands as CT says that their team does. */
function votedCt(seen: readonly [string, FeedSide][], teamOf: ReadonlyMap<string, TeamIndex>): TeamIndex | undefined {
  let forZero = 0;
  for (const [player, side] of seen) {
    const team = teamOf.get(player);
    if (team !== undefined) forZero += (side === 'CT') === (team === 0) ? 1 : -1;
  }
  if (forZero === 0) return undefined;
  return forZero > 0 ? 0 : 1;
}

/** A round in which nobody fell: the sides under which no team's score drops; both possible: as before. */
function steppedCt(before: readonly [number, number], end: { ct: number; t: number }, ct: TeamIndex): TeamIndex {
  const possible = (candidate: TeamIndex) => {
    const after = byTeam(end, candidate);
    return after[0] >= before[0] && after[1] >= before[1];
  };
  return !possible(ct) && possible(other(ct)) ? other(ct) : ct;
}
