/** Cursors of paged lists: where the last page ended, opaque to the caller. */
import { z } from 'zod';
import { Id, Instant } from '../../contracts/id.js';
import { Refusal } from '../../contracts/refusal.js';
import type { Page } from '../../contracts/page.js';

/** What cursors are made of. Their insides come back from the caller: each is checked like any other input. */
export const IdCursor = z.tuple([Id]);
export const SeqCursor = z.tuple([z.int().min(0).max(2_147_483_647)]);
export const TimeAndId = z.tuple([Instant, Id]);

export interface TimeCursor {
  at: Date;
  id: string;
}
export const timeCursor = (parts: z.infer<typeof TimeAndId> | null): TimeCursor | null => parts && { at: new Date(parts[0]), id: parts[1] };

/** The pages of one list. Its cursors name it: what another list gave out would go on somewhere, and skip what lies before. */
export class Pages<Parts extends readonly (string | number)[]> {
  /** `list`: which, and of what, such as `staff of summer-cup`. */
  constructor(
    private readonly list: string,
    private readonly parts: z.ZodType<Parts>,
  ) {}

  cursor(parts: Parts): string {
    return Buffer.from(JSON.stringify([this.list, ...parts])).toString('base64url');
  }

  /** null: from the beginning. */
  after(cursor: string | undefined): Parts | null {
    if (cursor === undefined) return null;
    try {
      const [list, ...parts] = z.array(z.unknown()).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
      if (list === this.list) return this.parts.parse(parts);
    } catch {
      // Refused as one of another list is.
    }
    throw new Refusal('VALIDATION_FAILED', 'The cursor is not one that this list gave out', [{ path: 'cursor', message: 'use nextCursor of the page before, unchanged' }]);
  }

  /** Cuts `limit + 1` rows down to a page, with the cursor of its last row if there is more. */
  page<Row, Item>(rows: readonly Row[], limit: number, item: (row: Row) => Item, partsOf: (row: Row) => Parts): Page<Item> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return { data: shown.map(item), nextCursor: rows.length > limit && last !== undefined ? this.cursor(partsOf(last)) : null };
  }
}
