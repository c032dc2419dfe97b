/**
 * One demo match as a story: the beats an organizer would post, from the start
 * to the end. Pure: the seed and the teams decide everything. MR12: thirteen
 * rounds win; at 12-12 overtimes of six rounds, or a draw where none are played.
 */
import type { DemoPlayer, DemoTeam } from './cast.js';
import type { SeededRandom } from './seeded-random.js';

export interface DuelLine {
  userId: string;
  side: Side;
  stats: { kills: number; deaths: number; assists: number; headshots: number; damage: number; mvpStars: number; weapon?: string };
}

export type Beat =
  | { kind: 'start' }
  /** In the middle of a round: the full lines of those who changed. */
  | { kind: 'fight'; lines: readonly DuelLine[] }
  /** A round is over. Now and then its point is posted for the wrong team: a correction follows. */
  | { kind: 'round'; lines: readonly DuelLine[]; homeScore: number; awayScore: number }
  | { kind: 'correction'; homeScore: number; awayScore: number; reason: string }
  | { kind: 'end' }
  | { kind: 'forfeit'; winner: Side };

type Side = 'home' | 'away';
const other = (side: Side): Side => (side === 'home' ? 'away' : 'home');

const FORFEIT = 0.04;
const NO_OVERTIME = 0.3;
const MISTAKE = 0.02;
/** A round that ends before everybody of one side is down: the bomb, or the clock. */
const ENDED_EARLY = 0.12;
const PISTOLS = ['glock', 'usp_silencer', 'p250', 'deagle'] as const;
const RIFLES = ['ak47', 'ak47', 'm4a1', 'm4a1_silencer', 'awp', 'galilar', 'famas', 'mp9'] as const;

export function duel(home: DemoTeam, away: DemoTeam, random: SeededRandom): Beat[] {
  const overtime = !random.chance(NO_OVERTIME);
  const forfeitIn = random.chance(FORFEIT) ? random.int(3, 11) : undefined;
  // Who is better today is not only a matter of strength: tables stay open.
  const form = (home.strength / away.strength) * (0.85 + random.next() * 0.3);
  const sheet = new Sheet(home, away);
  const score = { home: 0, away: 0 };
  const beats: Beat[] = [{ kind: 'start' }];
  for (let round = 1; !isOver(score.home, score.away, overtime); round += 1) {
    if (round === forfeitIn) return [...beats, { kind: 'forfeit', winner: random.pick(['home', 'away']) }];
    const { winner, middle } = playRound(sheet, round, form, random);
    beats.push({ kind: 'fight', lines: middle });
    const mistaken = { homeScore: score.home, awayScore: score.away };
    mistaken[winner === 'home' ? 'awayScore' : 'homeScore'] += 1;
    score[winner] += 1;
    const right = { homeScore: score.home, awayScore: score.away };
    if (random.chance(MISTAKE) && !isOver(score.home, score.away, overtime)) {
      beats.push({ kind: 'round', lines: sheet.changed(), ...mistaken });
      beats.push({ kind: 'correction', ...right, reason: `Round ${String(round)} went to ${(winner === 'home' ? home : away).name}` });
    } else beats.push({ kind: 'round', lines: sheet.changed(), ...right });
  }
  return [...beats, { kind: 'end' }];
}

export function isOver(home: number, away: number, overtime: boolean): boolean {
  const [low, high] = [Math.min(home, away), Math.max(home, away)];
  if (low < 12) return high >= 13;
  if (!overtime) return true;
  const tiedAt = 12 + 3 * Math.floor((low - 12) / 3);
  return high === tiedAt + 4;
}

function playRound(sheet: Sheet, round: number, form: number, random: SeededRandom): { winner: Side; middle: DuelLine[] } {
  const alive = { home: [...sheet.players.home], away: [...sheet.players.away] };
  const kills = { home: new Map<string, number>(), away: new Map<string, number>() };
  // The first round of each half is played with pistols.
  const weapons = round === 1 || round === 13 ? PISTOLS : RIFLES;
  const pauseAfter = random.int(1, 4);
  let middle: DuelLine[] | undefined;
  let fallen = 0;
  while (alive.home.length > 0 && alive.away.length > 0) {
    const weight = form * (alive.home.length / alive.away.length);
    const side: Side = random.chance(weight / (weight + 1)) ? 'home' : 'away';
    const killer = random.pick(alive[side] as [DemoPlayer, ...DemoPlayer[]]);
    const [victim] = alive[other(side)].splice(random.int(0, alive[other(side)].length - 1), 1);
    if (!victim) break;
    const helper = random.chance(0.22) ? alive[side].filter((player) => player !== killer)[random.int(0, 3)] : undefined;
    sheet.kill(killer, victim, { weapon: random.pick(weapons), headshot: random.chance(0.45), damage: helper ? random.int(45, 70) : random.int(75, 100), helper });
    kills[side].set(killer.id, (kills[side].get(killer.id) ?? 0) + 1);
    fallen += 1;
    if (fallen === pauseAfter) middle = sheet.changed();
    if (fallen >= 3 && random.chance(ENDED_EARLY)) break;
  }
  const winner: Side = alive.home.length === alive.away.length ? random.pick(['home', 'away']) : alive.home.length > alive.away.length ? 'home' : 'away';
  const [best] = [...kills[winner]].sort((a, b) => b[1] - a[1])[0] ?? [];
  sheet.star(best ?? random.pick(sheet.players[winner] as [DemoPlayer, ...DemoPlayer[]]).id);
  return { winner, middle: middle ?? sheet.changed() };
}

interface Numbers {
  side: Side;
  kills: number;
  deaths: number;
  assists: number;
  headshots: number;
  damage: number;
  mvpStars: number;
  weapons: Map<string, number>;
}

/** Everybody's numbers, and who changed since it was last asked. */
class Sheet {
  readonly players: Readonly<Record<Side, readonly DemoPlayer[]>>;
  readonly #numbers = new Map<string, Numbers>();
  readonly #changed = new Set<string>();

  constructor(home: DemoTeam, away: DemoTeam) {
    this.players = { home: home.players, away: away.players };
    for (const side of ['home', 'away'] as const) {
      for (const { id } of this.players[side]) {
        this.#numbers.set(id, { side, kills: 0, deaths: 0, assists: 0, headshots: 0, damage: 0, mvpStars: 0, weapons: new Map() });
      }
    }
  }

  kill(killer: DemoPlayer, victim: DemoPlayer, how: { weapon: string; headshot: boolean; damage: number; helper: DemoPlayer | undefined }): void {
    const { weapons } = this.#of(killer.id);
    weapons.set(how.weapon, (weapons.get(how.weapon) ?? 0) + 1);
    this.#of(killer.id).kills += 1;
    this.#of(killer.id).damage += how.damage;
    if (how.headshot) this.#of(killer.id).headshots += 1;
    this.#of(victim.id).deaths += 1;
    if (!how.helper) return;
    this.#of(how.helper.id).assists += 1;
    this.#of(how.helper.id).damage += 100 - how.damage;
  }

  star(player: string): void {
    this.#of(player).mvpStars += 1;
  }

  changed(): DuelLine[] {
    const lines = [...this.#changed].map((userId) => {
      const { side, weapons, ...counts } = this.#of(userId);
      const [weapon] = [...weapons].sort((a, b) => b[1] - a[1])[0] ?? [];
      return { userId, side, stats: weapon === undefined ? counts : { ...counts, weapon } };
    });
    this.#changed.clear();
    return lines;
  }

  #of(player: string): Numbers {
    const numbers = this.#numbers.get(player);
    if (!numbers) throw new Error(`${player} does not play here`);
    this.#changed.add(player);
    return numbers;
  }
}
