/** The table as it was computed before PostgreSQL did it, match by match: what the SQL has to agree with. Pure. */
import type { MatchSnapshot } from '../../src/contracts/match.js';
import type { Standing } from '../../src/contracts/tournament.js';

const POINTS_WIN = 3;
const POINTS_DRAW = 1;

type Row = Omit<Standing, 'rank'>;
export type Result = Pick<MatchSnapshot, 'homeScore' | 'awayScore' | 'winnerId' | 'outcome'> & { homeId: string; awayId: string };

/** A forfeit counts as won and lost, a double forfeit as lost by both; their scores count as they stand. */
export function tableOf(participants: readonly { id: string; name: string }[], results: readonly Result[]): Standing[] {
  const rows = new Map<string, Row>(
    participants.map(({ id, name }) => [id, { participant: { id, name }, played: 0, wins: 0, draws: 0, losses: 0, scoreFor: 0, scoreAgainst: 0, points: 0 }]),
  );
  for (const result of results) {
    count(rows.get(result.homeId), result, result.homeId, result.homeScore, result.awayScore);
    count(rows.get(result.awayId), result, result.awayId, result.awayScore, result.homeScore);
  }
  const ordered = [...rows.values()].sort(
    (a, b) =>
      b.points - a.points ||
      b.scoreFor - b.scoreAgainst - (a.scoreFor - a.scoreAgainst) ||
      b.scoreFor - a.scoreFor ||
      compare(a.participant.name, b.participant.name) ||
      compare(a.participant.id, b.participant.id),
  );
  return ordered.map((row, index) => ({ rank: index + 1, ...row }));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function count(row: Row | undefined, result: Result, id: string, scored: number, conceded: number): void {
  if (!row) return;
  row.played += 1;
  row.scoreFor += scored;
  row.scoreAgainst += conceded;
  if (result.winnerId === id) {
    row.wins += 1;
    row.points += POINTS_WIN;
  } else if (result.winnerId !== null || result.outcome === 'double_forfeit') row.losses += 1;
  else {
    row.draws += 1;
    row.points += POINTS_DRAW;
  }
}
