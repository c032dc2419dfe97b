import { describe, expect, it } from '@jest/globals';
import { isConflict, isDuplicate, isMissingReference, isOutage, isTooLong, sqlState } from './outage.js';

/** As Prisma wraps what `pg` said about a raw query. */
const raw = (code: string): Error => Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { code, driverAdapterError: Object.assign(new Error('x'), { cause: { originalCode: code } }) } });
const pgError = (code: string): Error => Object.assign(new Error('x'), { code });

describe('what PostgreSQL\'s errors mean', () => {
  it.each(['57P01', '57P02', '57P03', '53300', '08006', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'])('%s: it is away', (code) => {
    expect([isOutage(pgError(code)), isOutage(raw(code)), isOutage(new Error('outer', { cause: pgError(code) }))]).toEqual([true, true, true]);
  });

  it.each(['57014', '25P04', '55P03', '53200', '53100', '25006'])('%s: it cannot right now, and may soon', (code) => {
    expect([isOutage(pgError(code)), isOutage(raw(code))]).toEqual([true, true]);
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Unable to start a transaction in the given time.', 'Query read timeout'])('"%s": it is away', (message) => {
    expect(isOutage(new Error(message))).toBe(true);
  });

  it.each(['22P05', '22003', '42P01', '23505', '23503', '40001'])('%s: it is there', (code) => {
    expect([isOutage(pgError(code)), isOutage(raw(code))]).toEqual([false, false]);
  });

  it('tells a statement that took too long from all else', () => {
    expect([isTooLong(pgError('57014')), isTooLong(raw('57014')), isTooLong(raw('57P01')), isTooLong(new Error('x'))]).toEqual([true, true, false, false]);
  });

  it('tells a conflict, a taken key and a missing row apart', () => {
    expect([isConflict(raw('40P01')), isConflict(pgError('P2034')), isConflict(raw('23505'))]).toEqual([true, true, false]);
    expect([isDuplicate(raw('23505')), isDuplicate(pgError('P2002')), isDuplicate(raw('23503'))]).toEqual([true, true, false]);
    expect([isMissingReference(raw('23503')), isMissingReference(pgError('P2003')), isMissingReference(raw('23505'))]).toEqual([true, true, false]);
  });

  it.each([null, undefined, 'text', 7, {}, new Error('x'), new TypeError('x is not a function')])('takes %p for no error of PostgreSQL', (error) => {
    expect([sqlState(error), isOutage(error), isConflict(error), isDuplicate(error), isMissingReference(error)]).toEqual([undefined, false, false, false, false]);
  });

  it('comes to an end with an error that is its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    expect(isOutage(error)).toBe(false);
  });
});
