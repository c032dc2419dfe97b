import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCsv } from './csv-table.js';

describe('a CSV file', () => {
  it('is read with quotes, line breaks in fields, a byte order mark and empty lines', () => {
    const table = readCsv('\uFEFFa,b\r\n1,"x, ""y"""\r\n\r\n2,"two\nlines"\n3,z');
    expect(table).toEqual({
      header: ['a', 'b'],
      rows: [{ line: 2, fields: ['1', 'x, "y"'] }, { line: 4, fields: ['2', 'two\nlines'] }, { line: 6, fields: ['3', 'z'] }],
      faults: [],
    });
  });

  it('finds the delimiter in the header', () => {
    expect(readCsv('a;b;c, d\n1;2;3').rows).toEqual([{ line: 2, fields: ['1', '2', '3'] }]);
  });

  it('loses a broken row and no other', () => {
    const table = readCsv(['a,b,c', '1,2,3', '4,5', '6,7,8,9', '"open,2,3', '1,2,3', 'mid"dle,2,3', '"x"y,2,3', '1,"also open,3', '4,5,6'].join('\n'));
    expect(table.rows.map(({ line }) => line)).toEqual([2, 6, 10]);
    expect(table.faults.map(({ line }) => line)).toEqual([3, 4, 5, 7, 8, 9]);
    expect(table.faults[0]?.reason).toBe('2 fields, the header has 3');
    expect(table.faults[2]?.reason).toMatch(/quote/);
  });

  it('gives back what was written, whatever it was', () => {
    // A lone carriage return ends a line in no file of this century.
    const field = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/\r/g, ''));
    const rows = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(rows, (list) => {
        const text = ['a,b,c', ...list.map((row) => row.map((value) => `"${value.replace(/"/g, '""')}"`).join(','))].join('\n');
        expect(readCsv(text).rows.map(({ fields }) => fields)).toEqual(list);
      }),
    );
  });
});
