import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Principal } from '../../contracts/auth.js';
import { Refusal } from '../../contracts/refusal.js';
import { mayReferee, mayRun, maySee, refuseUnlessReferees, refuseUnlessRuns, refuseUnseen, type Standing } from './access.rules.js';

const standing = (change: Partial<Standing> = {}): Standing => ({ visibility: 'private', ownerId: 'olga', staff: null, participates: false, ...change });
const asker = (userId: string, role: Principal['role'] = 'PLAYER'): Principal => ({ userId, role, scopes: null });

const people: [who: string, asker: Principal | null, standing: Standing, may: { see: boolean; run: boolean; referee: boolean; refereeOther: boolean }][] = [
  ['nobody in particular', null, standing(), { see: false, run: false, referee: false, refereeOther: false }],
  ['a stranger', asker('sam'), standing(), { see: false, run: false, referee: false, refereeOther: false }],
  ['another organizer', asker('otto', 'ORGANIZER'), standing(), { see: false, run: false, referee: false, refereeOther: false }],
  ['an admin', asker('ada', 'ADMIN'), standing(), { see: true, run: true, referee: true, refereeOther: true }],
  ['the owner\'s key', { ...asker('olga', 'ADMIN'), scopes: ['scores:write'] }, standing(), { see: true, run: true, referee: true, refereeOther: true }],
  ['the owner', asker('olga', 'ORGANIZER'), standing(), { see: true, run: true, referee: true, refereeOther: true }],
  ['a named owner', asker('nora'), standing({ staff: { role: 'owner', matchIds: null } }), { see: true, run: true, referee: true, refereeOther: true }],
  ['a referee of all', asker('rita'), standing({ staff: { role: 'referee', matchIds: null } }), { see: true, run: false, referee: true, refereeOther: true }],
  ['a referee of one match', asker('rolf'), standing({ staff: { role: 'referee', matchIds: ['m1'] } }), { see: true, run: false, referee: true, refereeOther: false }],
  ['a participant', asker('pia'), standing({ participates: true }), { see: true, run: false, referee: false, refereeOther: false }],
];

describe('who may do what in a private tournament', () => {
  it.each(people)('%s', (_, who, how, may) => {
    expect({ see: maySee(who, how), run: mayRun(who, how), referee: mayReferee(who, how, 'm1'), refereeOther: mayReferee(who, how, 'm2') }).toEqual(may);
  });

  it('lets everybody see a public one, and nobody run it for that', () => {
    for (const [, who, how, may] of people) {
      const open = { ...how, visibility: 'public' };
      expect([maySee(who, open), mayRun(who, open)]).toEqual([true, may.run]);
    }
  });

  it('lets an admin\'s key act for everybody in public, and know nothing of what is private', () => {
    const key: Principal = { ...asker('ada', 'ADMIN'), scopes: ['scores:write'] };
    expect([maySee(key, standing()), mayRun(key, standing()), mayReferee(key, standing(), 'm1')]).toEqual([false, false, false]);
    const open = standing({ visibility: 'public' });
    expect([maySee(key, open), mayRun(key, open), mayReferee(key, open, 'm1')]).toEqual([true, true, true]);
  });

  it('lets nobody run or referee what they may not see, and nobody run what they may not referee', () => {
    const id = fc.constantFrom('a', 'b', 'm1', 'm2');
    const anyStanding = fc.record({ visibility: fc.constantFrom('public', 'private', 'unheard-of'), ownerId: id, participates: fc.boolean(), staff: fc.option(fc.record({ role: fc.constantFrom('owner', 'referee', 'caster'), matchIds: fc.option(fc.array(id)) })) });
    const anyAsker = fc.option(fc.record({ userId: id, role: fc.constantFrom<Principal['role']>('ADMIN', 'ORGANIZER', 'PLAYER'), scopes: fc.constantFrom<Principal['scopes']>(null, ['scores:write']) }));
    fc.assert(
      fc.property(anyAsker, anyStanding, id, (who, how, matchId) => {
        if (mayRun(who, how)) expect(mayReferee(who, how, matchId)).toBe(true);
        if (mayReferee(who, how, matchId)) expect(maySee(who, how)).toBe(true);
        if (who === null) expect([mayRun(who, how), mayReferee(who, how, matchId), maySee(who, how)]).toEqual([false, false, how.visibility === 'public']);
      }),
    );
  });

  it('says to those who may not see it that there is none, and to those who may that they may not', () => {
    const code = (check: () => void): string => {
      try {
        check();
        return 'passed';
      } catch (error) {
        return (error as Refusal).code;
      }
    };
    expect(code(() => refuseUnseen(asker('sam'), standing(), 'match m1'))).toBe('NOT_FOUND');
    expect(code(() => refuseUnseen(asker('ada', 'ADMIN'), null, 'match m1'))).toBe('NOT_FOUND');
    expect(code(() => refuseUnseen(asker('pia'), standing({ participates: true }), 'match m1'))).toBe('passed');
    expect(code(() => refuseUnlessRuns(asker('pia'), standing({ participates: true })))).toBe('FORBIDDEN');
    expect(code(() => refuseUnlessRuns(asker('olga'), standing()))).toBe('passed');
    expect(code(() => refuseUnlessReferees(asker('rolf'), standing({ staff: { role: 'referee', matchIds: [] } }), 'm1'))).toBe('FORBIDDEN');
    expect(code(() => refuseUnlessReferees(asker('rita'), standing({ staff: { role: 'referee', matchIds: null } }), 'm1'))).toBe('passed');
  });
});
