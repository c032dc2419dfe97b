/** Stat lines against their game and their match, before anything is written: all of them or none. Pure. */
import { gameNamed, type Game } from '../../contracts/games/index.js';
import type { MatchSnapshot } from '../../contracts/match.js';
import { faultsOf, Refusal, type FieldFault } from '../../contracts/refusal.js';
import type { StatLine, StatLineBody } from '../../contracts/stats.js';

/** More than anybody reads. */
const FAULTS_SHOWN = 50;

export function checkLines(game: Game, match: MatchSnapshot, lines: readonly StatLineBody[]): StatLine[] {
  const shape = gameNamed(game).stats;
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  const checked: StatLine[] = [];
  for (const [index, line] of lines.entries()) {
    const at = `lines.${String(index)}`;
    if (seen.has(line.userId)) faults.push({ path: `${at}.userId`, message: `a second line of ${line.userId} in the same request` });
    seen.add(line.userId);
    if (line.participantId !== match.home.id && line.participantId !== match.away.id) {
      faults.push({ path: `${at}.participantId`, message: `${line.participantId} does not play this match: ${match.home.id} and ${match.away.id} do` });
    }
    const parsed = shape.safeParse(line.stats);
    if (parsed.success) checked.push({ userId: line.userId, participantId: line.participantId, stats: parsed.data as StatLine['stats'] });
    else for (const fault of faultsOf(parsed.error)) faults.push({ path: [at, 'stats', fault.path].filter(Boolean).join('.'), message: fault.message });
    if (faults.length >= FAULTS_SHOWN) break;
  }
  const first = faults[0];
  if (first) throw new Refusal('UNPROCESSABLE', `No line was written: ${first.path}: ${first.message}`, faults);
  return checked;
}
