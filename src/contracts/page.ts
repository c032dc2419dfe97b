/** Cursor-paged lists: `?limit=&cursor=` in, `{ data, nextCursor }` out. */
import { z } from 'zod';

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;

/** A whole number as it stands in a query string. */
export const queryInt = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,12}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

export const pageQuery = {
  limit: queryInt(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(400).optional().describe('`nextCursor` of the page before'),
};

/** A numbered list is begun after a number, or gone on with where a page ended: not both at once. */
export const numberedQuery = <Limit extends z.ZodType>(limit: Limit) =>
  z
    .strictObject({ limit, after: queryInt(0, 2_000_000_000).optional(), cursor: pageQuery.cursor })
    .refine(({ after, cursor }) => after === undefined || cursor === undefined, { path: ['cursor'], message: '`cursor` goes on where a page ended: leave out `after`' });

export const pageOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), nextCursor: z.string().nullable() });
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}
