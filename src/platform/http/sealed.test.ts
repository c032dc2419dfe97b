import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintOf, keyHash, seal, unseal } from './sealed.js';

describe('what an idempotency record keeps', () => {
  it('opens with its key alone', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), fc.jsonValue(), (key, other, value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const sealed = seal(key, plain);
        expect(unseal(key, sealed)).toEqual(plain);
        if (other !== key) expect(() => unseal(other, sealed)).toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('does not open when a bit of it was changed', () => {
    const { sealed } = seal('key', { key: 'gs_secret' });
    const bytes = Buffer.from(sealed, 'base64');
    for (const at of [0, 12, 28, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => unseal('key', { sealed: changed.toString('base64') })).toThrow();
    }
  });

  it('is sealed anew each time, and shows neither key nor content', () => {
    const [one, two] = [seal('a-key', 'content'), seal('a-key', 'content')];
    expect(one).not.toEqual(two);
    expect(keyHash('a-key')).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(one.sealed, 'base64').includes('content')).toBe(false);
  });

  it('tells requests apart by method, path, body and key', () => {
    const prints = [['k', 'PUT', '/a', { x: 1 }], ['k', 'POST', '/a', { x: 1 }], ['k', 'PUT', '/b', { x: 1 }], ['k', 'PUT', '/a', { x: 2 }], ['k', 'PUT', '/a', undefined], ['j', 'PUT', '/a', { x: 1 }]] as const;
    expect(new Set(prints.map(([key, method, path, body]) => Buffer.from(fingerprintOf(key, method, path, body)).toString('hex'))).size).toBe(prints.length);
  });
});
