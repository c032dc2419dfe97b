import { describe, expect, it } from '@jest/globals';
import { readImport } from './import-file.js';
import type { ColumnChoice } from './columns.js';

const HEADER = 'tournament,match,startedAt,team,opponent,teamScore,opponentScore,win,player,playerRef,kills,deaths,weather';
const read = (rows: readonly string[], { header = HEADER, choice }: { header?: string; choice?: ColumnChoice } = {}) =>
  readImport([header, ...rows].join('\n'), { game: 'CSGO', tournament: 'the-file', choice });
const faultsOf = (file: ReturnType<typeof read>) => file.faults.map(({ line, reason }) => `${String(line)}: ${reason}`);

describe('a file to import', () => {
  it('comes to tournaments, players and one sheet a match', () => {
    const { plan, columns } = read([
      'Cup,m1,2026-01-02 18:00,Reds,Blues,16,14,1,Ann,p1,20,10,fine',
      'Cup,m1,2026-01-02 18:00,Blues,Reds,14,16,0,Bob,p2,10,20,',
      'Cup,m2,2026-01-01T18:00:00+02:00,Blues,Reds,15,15,0,Bob,p2,7,7,',
    ]);
    expect(plan.faults).toEqual([]);
    expect(columns.ignored).toEqual(['weather']);
    expect(plan.tournaments).toMatchObject([{ name: 'Cup', startsAt: '2026-01-01T16:00:00.000Z' }]);
    expect(plan.players.map(({ name }) => name)).toEqual(['Ann', 'Bob']);
    expect(plan.matches).toMatchObject([
      { title: 'm2', score: [15, 15], winnerId: null, home: { name: 'Blues' } },
      { title: 'm1', score: [16, 14], startsAt: '2026-01-02T18:00:00.000Z', home: { name: 'Reds' }, lines: [{ stats: { kills: 20, deaths: 10 } }, { stats: { kills: 10, deaths: 20 } }] },
    ]);
    const [, m1] = plan.matches;
    expect(m1?.winnerId).toBe(m1?.home.id);
  });

  it('names the same things every time, and the same player in every tournament', () => {
    const rows = ['Cup,m1,,Reds,Blues,1,0,1,Ann,,1,0,', 'Other,m1,,Reds,Blues,1,0,1,Ann,,2,0,'];
    const { plan } = read(rows);
    expect(read(rows).plan).toEqual(plan);
    expect(plan.players).toHaveLength(1);
    expect(new Set(plan.matches.map(({ id }) => id)).size).toBe(2);
    expect(read(rows.slice(1)).plan.players[0]?.id).toBe(plan.players[0]?.id);
  });

  it('tells players apart by a reference only where no reference has two names', () => {
    const twoSmiths = ['C,m1,,Reds,Blues,,,,J. Smith,10,1,0,', 'C,m1,,Blues,Reds,,,,J. Smith,11,2,0,'];
    expect(read(twoSmiths).plan).toMatchObject({ identity: 'playerId', players: [{}, {}], faults: [] });
    const renamed = ['C,m1,,Reds,Blues,,,,Ann,p1,1,0,', 'C,m2,,Reds,Blues,,,,Anna,p1,2,0,'];
    expect(read(renamed).plan).toMatchObject({ identity: 'name', players: [{ name: 'Ann' }, { name: 'Anna' }], sharedId: { id: 'p1', names: ['Ann', 'Anna'] } });
    const told = read(renamed, { choice: { meanings: { playerId: 'playerRef' } } }).plan;
    expect(told).toMatchObject({ identity: 'playerId', players: [{ name: 'Ann' }] });
  });

  it('makes each map of a series a match', () => {
    const { plan } = read(['s1,de_a,Reds,Blues,Ann,1', 's1,de_b,Reds,Blues,Ann,2'], { header: 'match,map,team,opponent,player,kills' });
    expect(plan.matches.map(({ lines }) => lines[0]?.stats)).toEqual([{ kills: 1 }, { kills: 2 }]);
    expect(plan.tournaments).toMatchObject([{ name: 'the-file' }]);
  });

  it('reports each row that cannot go in, and takes the rest', () => {
    const file = read([
      'C,m1,,Reds,Blues,16,14,1,Ann,,20,10,',
      'C,m1,,Reds,Blues,16,14,1,,,20,10,',
      'C,m1,,Reds,Blues,16,14,1,Amy,,many,10,',
      'C,m1,,Reds,Blues,16,14,1,Amy,,-3,10,',
      'C,m1,,Reds,Blues,16,14,0,Amy,,3,10,',
      'C,m1,,Reds,Blues,16,14,maybe,Amy,,3,10,',
      'C,m1,someday,Reds,Blues,16,14,1,Amy,,3,10,',
      'C,m1,,Reds,Blues,16,13,1,Amy,,3,10,',
      'C,m1,,Greens,Blues,16,14,1,Amy,,3,10,',
      'C,m1,,Reds,Blues,16,14,1,Ann,,3,10,',
      'C,m1,,Reds,Blues,16,14,1,Amy,,,,',
      'C,m1,,Reds,Blues',
      'C,m1,,Blues,Reds,14,16,0,Bob,,10,20,',
      'C,m9,,Reds,,,,,Eve,,1,1,',
    ]);
    expect(file.plan.matches[0]?.lines.map(({ line }) => line)).toEqual([2, 14]);
    expect(faultsOf(file)).toEqual([
      '3: player is missing',
      '4: kills: "many" is not a number',
      expect.stringMatching(/^5: kills -3: /),
      '6: win says lost, the score 16-14 says won',
      '7: win: "maybe" says neither yes nor no',
      '8: start: "someday" is not a time such as 2026-11-22T16:00:00Z',
      '9: the score is 16-13 here and 16-14 in line 2',
      '10: team Greens does not play in m1, Reds and Blues do',
      '11: Ann has a line in this match already (line 2)',
      '12: a stat line holds at least one stat',
      '13: 5 fields, the header has 13',
      '15: only one team in this match, and no opponent is named',
    ]);
  });

  it('lets equal scores have a winner, and knows one without a score', () => {
    const { plan } = read(['C,m1,,Reds,Blues,1,1,0,Ann,,1,1,', 'C,m1,,Blues,Reds,1,1,1,Bob,,1,1,', 'C,m2,,Reds,Blues,,,lost,Ann,,1,1,', 'C,m3,,Reds,Blues,,,,Ann,,1,1,']);
    const winner = (title: string) => {
      const match = plan.matches.find((one) => one.title === title);
      return match?.winnerId === match?.home.id ? 'home' : match?.winnerId === match?.away.id ? 'away' : match?.winnerId;
    };
    expect([winner('m1'), winner('m2'), winner('m3')]).toEqual(['away', 'away', undefined]);
  });

  it('reads home and away columns, and players who play for themselves', () => {
    const football = read(['k1,A,B,B,Bob,3,0,2', 'k1,A,B,A,Ann,3,0,1'], { header: 'match,home,away,team,player,homeScore,awayScore,kills' }).plan;
    expect(football.matches).toMatchObject([{ home: { name: 'A' }, away: { name: 'B' }, score: [3, 0] }]);
    const duel = read(['d1,Ann,Bob,1,3', 'd1,Bob,Ann,0,2'], { header: 'match,player,opponent,win,kills' }).plan;
    expect(duel.matches).toMatchObject([{ home: { name: 'Ann', userId: duel.players[0]?.id }, away: { name: 'Bob', userId: duel.players[1]?.id } }]);
  });

  it('is refused as a whole where nothing tells what its rows mean', () => {
    expect(() => read(['1'], { header: 'player' })).toThrow('no column is named as a stat of CSGO');
    expect(() => read(['1'], { header: 'kills' })).toThrow('--player-column');
    expect(() => read(['1,1,1'], { header: 'kills,player,team' })).toThrow('--match-column');
    expect(() => readImport('\n\n', { game: 'CSGO', tournament: 't' })).toThrow('the file is empty');
  });
});
