import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, IdCursor, pageFrom, SeqCursor, timeCursor } from './cursor.js';

describe('cursors', () => {
  it('come back as what they were made of', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (at, id) => {
        expect(timeCursor(encodeCursor([at.toISOString(), id]))).toEqual({ at, id });
        expect(decodeCursor(encodeCursor([id]), IdCursor)).toEqual([id]);
      }),
    );
    expect(timeCursor(undefined)).toBeNull();
  });

  it('are refused, whatever was made up', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json().map((text) => Buffer.from(text).toString('base64url'))), (cursor) => {
        for (const schema of [IdCursor, SeqCursor]) {
          try {
            schema.parse(decodeCursor<unknown>(cursor, schema));
          } catch (error) {
            expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: [{ path: 'cursor' }] });
          }
        }
      }),
    );
  });
});

describe('a page', () => {
  it('has a cursor only when there is more', () => {
    const page = (count: number) => pageFrom(Array.from({ length: count }, (_, index) => index), 3, (row) => row * 10, (row) => [row]);
    expect(page(0)).toEqual({ data: [], nextCursor: null });
    expect(page(3)).toEqual({ data: [0, 10, 20], nextCursor: null });
    expect(page(4)).toEqual({ data: [0, 10, 20], nextCursor: encodeCursor([2]) });
  });
});
