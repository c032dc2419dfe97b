import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdCursor, Pages, SeqCursor, TimeAndId } from './cursor.js';

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const notOfThisList = expect.objectContaining({ code: 'VALIDATION_FAILED', details: [{ path: 'cursor', message: expect.any(String) }] });

describe('cursors', () => {
  it('come back as what they were made of', () => {
    const [times, ids] = [new Pages('matches', TimeAndId), new Pages('staff of cup', IdCursor)];
    fc.assert(
      fc.property(fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }), id, (at, id) => {
        expect(times.after(times.cursor([at.toISOString(), id]))).toEqual([at.toISOString(), id]);
        expect(ids.after(ids.cursor([id]))).toEqual([id]);
      }),
    );
    expect(times.after(undefined)).toBeNull();
  });

  it('are refused by every other list, also one that is made of the same', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), id, (one, other, id) => {
        fc.pre(one !== other);
        expect(() => new Pages(other, IdCursor).after(new Pages(one, IdCursor).cursor([id]))).toThrow(notOfThisList);
      }),
    );
  });

  it('are refused, whatever was made up', () => {
    const lists = [new Pages('cup', IdCursor), new Pages('cup', SeqCursor)];
    const made = fc.json().map((text) => Buffer.from(text).toString('base64url'));
    const named = fc.array(fc.jsonValue(), { minLength: 2 }).map((parts) => Buffer.from(JSON.stringify(['cup', ...parts])).toString('base64url'));
    fc.assert(
      fc.property(fc.oneof(fc.string(), made, named), (cursor) => {
        for (const list of lists) expect(() => list.after(cursor)).toThrow(notOfThisList);
      }),
    );
  });
});

describe('a page', () => {
  it('has a cursor only when there is more', () => {
    const pages = new Pages('numbers', SeqCursor);
    const page = (count: number) => pages.page(Array.from({ length: count }, (_, index) => index), 3, (row) => row * 10, (row) => [row]);
    expect(page(0)).toEqual({ data: [], nextCursor: null });
    expect(page(3)).toEqual({ data: [0, 10, 20], nextCursor: null });
    expect(page(4)).toEqual({ data: [0, 10, 20], nextCursor: pages.cursor([2]) });
  });
});
