import { describe, expect, it } from '@jest/globals';
import { hashPassword, passwordMatches } from './password.js';

describe('passwords', () => {
  it('match themselves, however their letters are composed, and nothing else', async () => {
    const stored = await hashPassword('caf\u00e9 au lait 🔐');
    expect(stored).toMatch(/^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwordMatches('cafe\u0301 au lait 🔐', stored)).toBe(true);
    for (const wrong of ['café au lait', 'Café au lait 🔐', '', stored]) expect(await passwordMatches(wrong, stored)).toBe(false);
  });

  it('are salted: the same one is kept differently twice', async () => {
    expect(await hashPassword('the same')).not.toBe(await hashPassword('the same'));
  });

  it('match with the costs they were kept with, and never what is no hash', async () => {
    expect(await passwordMatches('x', 'scrypt$1024$8$1$c2FsdHNhbHQ$' + Buffer.alloc(32).toString('base64url'))).toBe(false);
    for (const stored of ['', 'x', 'md5$1$1$1$a$b', 'scrypt$16384$8$1$$']) expect(await passwordMatches('x', stored)).toBe(false);
  });
});
