/**
 * JSON that PostgreSQL can keep as it was sent. Two things a JSON string may
 * hold, neither `text` nor `jsonb` takes: U+0000, and half of a surrogate
 * pair. And nesting without end, which only an attack has, overflows stacks
 * further down. Guarded by test/rest-input.test.ts.
 */
import { Refusal, type FieldFault } from '../../contracts/refusal.js';

/** Far more than any body of ours, or any `data` of a notification, needs. */
const DEPTH_MAX = 32;

function faultOf(value: unknown, path: readonly string[]): FieldFault | undefined {
  if (typeof value === 'string') return isText(value) ? undefined : { path: path.join('.'), message: 'text holds neither U+0000 nor half a surrogate pair' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length > DEPTH_MAX) return { path: path.join('.'), message: `nested deeper than ${String(DEPTH_MAX)} levels` };
  for (const [key, inner] of Object.entries(value)) {
    const fault = isText(key) ? faultOf(inner, [...path, key]) : { path: [...path, key].join('.'), message: 'a key holds neither U+0000 nor half a surrogate pair' };
    if (fault) return fault;
  }
  return undefined;
}

/** With the `u` flag a whole pair is one character, and only a half is a surrogate. */
const HALF_PAIR = /\p{Surrogate}/u;
const isText = (value: string): boolean => !value.includes('\0') && !HALF_PAIR.test(value);

export function refuseUnstorable(value: unknown, what: string): void {
  const fault = faultOf(value, []);
  if (fault) throw new Refusal('VALIDATION_FAILED', `${what} at ${fault.path}: ${fault.message}`, [fault]);
}
