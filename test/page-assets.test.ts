/** The page's files through nginx: what may be kept for a year, what may not, and a CDN in front of the former. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Instance } from './arena/instance.js';
import { until } from './arena/until.js';
import { findChromium, launchChromium } from './support/chromium.js';
import { refused, send, type Reply } from './support/wire.js';

const CDN = 'https://cdn.example.org/live';
const executable = findChromium();
const itInBrowser = executable === null ? it.skip : it;

describe('the files of the page, through nginx', () => {
  let arena: Arena;
  /** Its assets come from the arena's nginx, which is another origin. */
  let pulled: Instance;
  let distant: Arena;
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    arena = await openArena({ redis: false, nginx: true });
    closers.push(() => arena.close());
    distant = await openArena({ redis: false, nginx: true, env: { ASSETS_BASE_URL: `${CDN}/`, CORS_ORIGINS: 'https://app.example.org' } });
    closers.push(() => distant.close());
    pulled = await Instance.start('pulled', { DATABASE_URL: arena.databaseUrl, NODE_ENV: 'test', JWT_SECRET: 's'.repeat(32), ASSETS_BASE_URL: arena.front });
    closers.push(() => pulled.stop());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  const get = (path: string, headers: Record<string, string> = {}, at = arena): Promise<Reply> => send({ url: at.front }, 'GET', `/${path}`, { headers });
  const linked = (page: Reply): string[] => [...page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, address]) => address!);

  it('assets carry their hash and are kept for a year, by whoever fetches them, and packed', async () => {
    const assets = linked(await get('/'));
    expect(assets).toEqual([expect.stringMatching(/^\/assets\/style-[A-Z0-9]{8}\.css$/), expect.stringMatching(/^\/assets\/page-[A-Z0-9]{8}\.js$/)]);
    for (const asset of assets) {
      const reply = await get(asset);
      expect(reply.status).toBe(200);
      expect(Object.fromEntries(reply.headers)).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'access-control-allow-origin': '*', 'content-encoding': 'gzip', 'content-type': expect.stringMatching(/(css|javascript); charset=utf-8$/) });
    }
  });

  it('an asset that is not there is not remembered as such', async () => {
    for (const path of ['/assets/page-00000000.js', '/assets/', '/assets/..%2findex.html']) {
      const reply = await get(path);
      refused(reply, 'UNKNOWN_ROUTE');
      expect(reply.headers.get('cache-control')).toBeNull();
    }
  });

  it('the page is asked for anew each time, and not sent again unless it changed', async () => {
    const page = await get('/');
    expect([page.status, page.headers.get('cache-control'), page.headers.get('content-type')]).toEqual([200, 'no-cache', 'text/html; charset=utf-8']);
    const etag = page.headers.get('etag') ?? '';
    expect(await get('/', { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
    expect((await get('/', { 'if-none-match': '"another"' })).text).toBe(page.text);
    expect((await get('/', {}, distant)).headers.get('etag')).not.toBe(etag);
  });

  it('names its assets at the CDN, and lets them run from there', async () => {
    const [here, there] = [await get('/'), await get('/', {}, distant)];
    expect(linked(there)).toEqual(linked(here).map((asset) => CDN + asset));
    expect(there.text).toContain("default-src 'self'; script-src 'self' https://cdn.example.org; style-src 'self' https://cdn.example.org;");
    // The CDN fetches them here, whatever else this server lets other origins read.
    for (const asset of linked(here)) expect((await get(asset, { origin: 'https://elsewhere.example.org' }, distant)).headers.get('access-control-allow-origin')).toBe('*');
  });

  itInBrowser('a browser runs the page with assets of another origin', async () => {
    const browser: Browser = await launchChromium(executable ?? '');
    closers.push(() => browser.close());
    const cup = await openCup(await arena.rest(0, 'ORGANIZER'));
    const page = await browser.newPage();
    const fetched: string[] = [];
    page.on('response', (response) => fetched.push(response.url()));
    await page.goto(`${pulled.url}/?tournament=${cup.id}`);
    await until(async () => (await page.locator('h1').first().textContent()) === 'A cup', 15_000, 'the page to show the cup');
    await until(async () => (await page.locator('#connection').textContent()) === 'Live', 15_000, 'the page to be live');
    const assets = fetched.filter((url) => url.includes('/assets/'));
    expect(assets).toHaveLength(2);
    expect(assets.filter((url) => !url.startsWith(`${arena.front}/assets/`))).toEqual([]);
    expect(await page.evaluate(() => document.styleSheets.length)).toBe(1);
  });
});
