/**
 * What happens next in the demo: which match gets its next beat, and when a new
 * one begins. Three to four are always on, each at its own point of its story.
 * Pure: the seed decides; it neither posts nor waits.
 */
import type { MatchSnapshot } from '../contracts/match.js';
import { DEMO_TEAMS, type DemoTeam } from './cast.js';
import { duel, type Beat } from './duel.js';
import { SeededRandom } from './seeded-random.js';

export interface Playing {
  id: string;
  home: DemoTeam;
  away: DemoTeam;
  beats: readonly Beat[];
  /** The next beat; -1: the match itself is still to be made. */
  at: number;
  /** Beats below this one are posted without a pause, so that a fresh demo is in the thick of it. */
  hurryUntil: number;
}

export interface Action {
  playing: Playing;
  /** Absent: make the match. */
  beat: Beat | undefined;
  /** How long to rest afterwards. */
  pauseMs: number;
}

const LIVE_AT_A_TIME = 4;
/** The rounds a fresh demo's first matches have behind them: one is soon over, one has just begun. */
const HEAD_START_ROUNDS = [15, 9, 4];
const PAUSE_MS = { from: 1_000, to: 3_000 };

export const demoMatchId = (run: number, number: number): string => `demo-${String(run)}-${String(number)}`;
/** The run of a demo match; undefined for every other match, `try-me` above all: those are somebody else's. */
export function runOf(matchId: string): number | undefined {
  const run = /^demo-(\d{1,9})-\d{1,9}$/.exec(matchId)?.[1];
  return run === undefined ? undefined : Number(run);
}

export class Show {
  readonly #playing: Playing[] = [];
  readonly #random: SeededRandom;
  readonly #fresh: boolean;
  #made = 0;

  /** `unfinished`: demo matches of earlier runs, which go on where they stand. */
  constructor(
    private readonly seed: string,
    private readonly run: number,
    unfinished: readonly MatchSnapshot[] = [],
  ) {
    this.#random = new SeededRandom(seed, 'show', String(run));
    for (const match of unfinished.slice(0, LIVE_AT_A_TIME)) {
      const playing = resumed(seed, match);
      if (playing) this.#playing.push(playing);
    }
    this.#fresh = this.#playing.length === 0;
  }

  get playing(): readonly Playing[] {
    return this.#playing;
  }

  next(): Action {
    const hurried = this.#playing.find(({ at, hurryUntil }) => at < hurryUntil);
    if (hurried) return this.#action(hurried, 0);
    if (this.#playing.length < LIVE_AT_A_TIME) {
      const playing = this.#begin();
      this.#playing.push(playing);
      return this.#action(playing, this.#fresh && this.#made <= LIVE_AT_A_TIME ? 0 : this.#pause());
    }
    // A match that was made has its start next: nobody waits long for a scheduled one.
    const [first, ...others] = this.#playing;
    if (!first) throw new Error('the show has no match');
    const waiting = this.#playing.find(({ at }) => at === 0);
    return this.#action(waiting ?? this.#random.pick([first, ...others]), this.#pause());
  }

  /** The action was taken: its match goes on to the next beat, or leaves. */
  performed({ playing }: Action): void {
    playing.at += 1;
    if (playing.at >= playing.beats.length) this.drop(playing);
  }

  drop(playing: Playing): void {
    const index = this.#playing.indexOf(playing);
    if (index >= 0) this.#playing.splice(index, 1);
  }

  #action(playing: Playing, pauseMs: number): Action {
    return { playing, beat: playing.beats[playing.at], pauseMs };
  }

  #pause(): number {
    return this.#random.int(PAUSE_MS.from, PAUSE_MS.to);
  }

  #begin(): Playing {
    const busy = new Set(this.#playing.flatMap(({ home, away }) => [home.id, away.id]));
    const [home, away] = this.#random.shuffled(DEMO_TEAMS.filter(({ id }) => !busy.has(id)));
    if (!home || !away) throw new Error('too few teams for so many matches');
    const rounds = this.#fresh ? (HEAD_START_ROUNDS[this.#made] ?? 0) : 0;
    this.#made += 1;
    const id = demoMatchId(this.run, this.#made);
    const beats = duel(home, away, new SeededRandom(this.seed, id));
    const hurryUntil = rounds === 0 ? 0 : 1 + beats.findIndex((beat) => beat.kind === 'round' && beat.homeScore + beat.awayScore === rounds);
    return { id, home, away, beats, at: -1, hurryUntil };
  }
}

/** A match's story follows from its id: the score it stands at says how far it was told. */
function resumed(seed: string, match: MatchSnapshot): Playing | undefined {
  const team = (id: string) => DEMO_TEAMS.find((one) => one.id === id);
  const [home, away] = [team(match.home.id), team(match.away.id)];
  if (!home || !away) return undefined;
  const beats = duel(home, away, new SeededRandom(seed, match.id));
  const told = match.homeScore + match.awayScore === 0 ? 0 : beats.findLastIndex((beat) => 'homeScore' in beat && beat.homeScore === match.homeScore && beat.awayScore === match.awayScore);
  if (told < 0) return undefined;
  return { id: match.id, home, away, beats, at: match.status === 'SCHEDULED' ? 0 : told + 1, hurryUntil: 0 };
}
