import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ID_PATTERN } from '../contracts/id.js';
import { stableId } from './stable-id.js';

describe('an id made from names', () => {
  it('is an id the server takes, whatever the name', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => expect(stableId(name, name)).toMatch(ID_PATTERN)));
  });

  it('can be read, and keeps apart what reads alike', () => {
    expect(stableId('Ćevap & Söhne', 'x')).toMatch(/^cevap-sohne-[0-9a-f]{12}$/);
    expect(stableId('🦍', '🦍')).toMatch(/^[0-9a-f]{12}$/);
    expect(stableId('Loud Ones', 'Loud Ones')).not.toBe(stableId('LOUD ONES', 'LOUD ONES'));
    expect(stableId('a', 'a', 'bc')).not.toBe(stableId('a', 'ab', 'c'));
  });
});
