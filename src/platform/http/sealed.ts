/**
 * Idempotency records keep neither the caller's key nor a secret answer in the
 * clear: records are found by a hash of the key, and an answer that holds a
 * secret is encrypted with a key derived from it.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

export const keyHash = (key: string): string => createHash('sha256').update(key).digest('base64url');

/** What the request was, so that the same key with another request is noticed; keyed, so that a stolen table tells nothing of passwords in bodies. */
export const fingerprintOf = (key: string, method: string, path: string, body: unknown): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHmac('sha256', key).update(`${method} ${path}\n${JSON.stringify(body ?? null)}`).digest());

const secretOf = (key: string): Buffer => Buffer.from(hkdfSync('sha256', key, 'grandstand', 'idempotency-record', 32));

export function seal(key: string, value: unknown): { sealed: string } {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secretOf(key), iv);
  const data = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64') };
}

export function unseal(key: string, { sealed }: { sealed: string }): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', secretOf(key), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as unknown;
}
