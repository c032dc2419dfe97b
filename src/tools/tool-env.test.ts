import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { addressOf, pathFromUser, readToolEnv, tokenFor } from './tool-env.js';

describe('where a tool finds its server', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'grandstand-tools-'));
    writeFileSync(join(folder, 'jwt-secret'), 'a-secret-made-for-development-only\n');
    writeFileSync(join(folder, 'feed.jsonl'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is the address given, else this machine at PORT', () => {
    expect(readToolEnv({ GRANDSTAND_DATA: folder }).url).toBe('http://127.0.0.1:3000');
    expect(readToolEnv({ GRANDSTAND_DATA: folder, PORT: '4000' }).url).toBe('http://127.0.0.1:4000');
    expect(readToolEnv({ GRANDSTAND_URL: 'http://elsewhere', PORT: '4000' }).url).toBe('http://elsewhere');
  });

  it('is no address without its http, which is said, and needs none of the paths below it', () => {
    for (const text of ['localhost:3000', '127.0.0.1:3000', 'ftp://elsewhere', 'elsewhere']) expect(() => addressOf(text)).toThrow(`"${text}" is no server's address, such as http://`);
    expect(() => readToolEnv({ GRANDSTAND_URL: 'localhost:3000' })).toThrow('GRANDSTAND_URL');
    expect(addressOf('https://elsewhere:8443/api/v1/')).toBe('https://elsewhere:8443');
  });

  it('has a token: the one given, the environment\'s, or one signed with the secret that npm start keeps', async () => {
    const env = readToolEnv({ GRANDSTAND_DATA: folder });
    expect(await tokenFor('given', env)).toBe('given');
    expect(await tokenFor(undefined, readToolEnv({ GRANDSTAND_DATA: folder, GRANDSTAND_TOKEN: 'named' }))).toBe('named');
    const { payload } = await jwtVerify(await tokenFor(undefined, env), new TextEncoder().encode('a-secret-made-for-development-only'));
    expect(payload).toMatchObject({ sub: 'dev-organizer', role: 'ADMIN' });
    await expect(tokenFor(undefined, readToolEnv({ GRANDSTAND_DATA: join(folder, 'none') }))).rejects.toThrow('--token');
  });

  it('takes a file from where its user stands, though npm runs elsewhere', () => {
    expect(pathFromUser('feed.jsonl', { INIT_CWD: folder })).toBe(join(folder, 'feed.jsonl'));
    expect(pathFromUser('/tmp/feed.jsonl', { INIT_CWD: folder })).toBe('/tmp/feed.jsonl');
  });

  it('refuses a pace that is none', () => {
    expect(() => readToolEnv({ DEMO_SPEED: 'fast' })).toThrow('DEMO_SPEED is "fast"');
    expect(readToolEnv({ DEMO_SPEED: '2.5' }).demoSpeed).toBe(2.5);
  });
});
