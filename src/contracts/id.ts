/** Ids: chosen by the caller (`summer-cup`) or made by the server (a UUID). */
import { z } from 'zod';

export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export const Id = z
  .string()
  .regex(ID_PATTERN, 'an id is 1 to 64 of A-Z a-z 0-9 _ -')
  .meta({ id: 'Id', examples: ['summer-cup'] });

const YEAR_MIN = 1900;
const YEAR_MAX = 9999;
/** PostgreSQL has no year 0, and ISO 8601 writes years beyond 9999 in another way: neither comes back as it was sent. */
const isStorable = (instant: string): boolean => {
  const year = new Date(instant).getUTCFullYear();
  return year >= YEAR_MIN && year <= YEAR_MAX;
};

const FORM = 'a time is ISO 8601 with an offset, such as 2026-11-22T16:00:00Z';
/** Its `+` was read as a space, as it is in a query: what was refused has the offset that is asked for. */
const LOST_PLUS = /T[\d:.]+ \d\d:\d\d$/;

/** A point in time as it stands on the wire: ISO 8601 with an offset, for example `2026-11-22T16:00:00.000Z`. */
export const Instant = z.iso
  .datetime({ offset: true, abort: true, error: ({ input }) => (LOST_PLUS.test(String(input)) ? `${FORM}; in a URL the + of an offset is written %2B` : FORM) })
  .refine(isStorable, `a time lies between the years ${String(YEAR_MIN)} and ${String(YEAR_MAX)} (UTC)`)
  .meta({ id: 'Instant' });

/** A name that people read: any script, emoji included, trimmed, without control characters. */
export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\u0000-\u001f\u007f]*$/u, 'a name holds no control characters');
