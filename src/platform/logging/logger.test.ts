import { describe, expect, it } from '@jest/globals';
import { errorFields } from './logger.js';

describe('an error as fields of a log line', () => {
  it('has its message and where it was thrown', () => {
    const { error, kind, stack } = errorFields(new TypeError('went wrong'));
    expect([error, kind]).toEqual(['went wrong', 'TypeError']);
    expect(stack?.split('\n')[0]).toMatch(/^\s+at .*logger\.test\.ts/);
  });

  it('keeps the lines of a long message out of the stack: Prisma writes the arguments of a query there', () => {
    const error = new Error('\nInvalid `client.user.create()` invocation:\n\n{\n  data: {\n    email: "zoe@example.org",\n  }\n}\n\nUnknown argument');
    const fields = errorFields(error);
    expect(JSON.stringify(fields)).not.toContain('zoe@example.org');
    expect(fields.error).toContain('Invalid `client.user.create()` invocation');
    expect(fields.error).toContain('Unknown argument');
    expect(fields.stack?.split('\n').every((line) => /^\s+at /.test(line))).toBe(true);
  });

  it('takes what is no error, too', () => {
    expect(errorFields('a string')).toEqual({ error: 'a string', kind: 'string' });
    expect(errorFields(undefined)).toEqual({ error: 'undefined', kind: 'undefined' });
  });
});
