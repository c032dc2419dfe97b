/**
 * Ids that a file's own words decide, so that the same file read twice names
 * the same things: a readable slug, then a hash that keeps apart what the slug
 * cannot ("EGO FRAGS" and "Ego Frags", names without a single Latin letter).
 */
import { createHash } from 'node:crypto';

const SLUG_MAX = 32;

export function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '');
}

/** The parts are kept apart: `('a', 'bc')` is not `('ab', 'c')`. */
export function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** `what` is there to be read, `parts` are what the id stands for. */
export function stableId(what: string, ...parts: readonly string[]): string {
  return [slugOf(what), hashOf(...parts)].filter(Boolean).join('-');
}
