/** Cursors of paged lists: where the last page ended, opaque to the caller. */
import { z } from 'zod';
import { Id, Instant } from '../../contracts/id.js';
import { Refusal } from '../../contracts/refusal.js';
import type { Page } from '../../contracts/page.js';

/** What cursors are made of. Their insides come back from the caller: each is checked like any other input. */
export const IdCursor = z.tuple([Id]);
export const SeqCursor = z.tuple([z.int().min(0).max(2_147_483_647)]);
const TimeAndId = z.tuple([Instant, Id]);

export interface TimeCursor {
  at: Date;
  id: string;
}

export const encodeCursor = (parts: readonly (string | number)[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Refusal('VALIDATION_FAILED', 'The cursor is not one that this list gave out', [{ path: 'cursor', message: 'use nextCursor of the page before, unchanged' }]);
  }
}

export function timeCursor(cursor: string | undefined): TimeCursor | null {
  if (cursor === undefined) return null;
  const [at, id] = decodeCursor(cursor, TimeAndId);
  return { at: new Date(at), id };
}

/** Cuts `limit + 1` rows down to a page, with the cursor of its last row if there is more. */
export function pageFrom<Row, Item>(rows: readonly Row[], limit: number, item: (row: Row) => Item, cursorOf: (row: Row) => readonly (string | number)[]): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { data: shown.map(item), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}
