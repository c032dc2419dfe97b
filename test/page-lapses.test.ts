/** The page in a real browser whose connection, or whose right to look, ends for a while. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { LeaderboardUpdate } from '../src/contracts/analytics.js';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { findChromium, launchChromium } from './support/chromium.js';
import { openRelay, type Relay } from './support/relay.js';

const executable = findChromium();
/** Missed events that a join hands over. */
const CATCH_UP_MAX = 10;
const describeInBrowser = executable === null ? describe.skip : describe;

describeInBrowser('the page over a network that fails', () => {
  let arena: Arena;
  let browser: Browser;
  let organizer: RestClient;
  /** Between the browser and the instance. */
  let relay: Relay;
  const closers: (() => Promise<void>)[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    arena = await openArena({ env: { CATCH_UP_MAX: String(CATCH_UP_MAX) } });
    closers.push(() => arena.close());
    relay = await openRelay(arena.at(0).port);
    closers.push(() => relay.close());
    browser = await launchChromium(executable ?? '');
    closers.push(() => browser.close());
    organizer = await arena.rest(0, 'ORGANIZER');
  });
  afterEach(async () => {
    relay.mend();
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  async function open(address: string): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    await page.goto(`http://127.0.0.1:${String(relay.port)}${address}`);
    await shows(page, '#connection', 'Live');
    return page;
  }
  const shows = (page: Page, selector: string, wanted: string): Promise<void> =>
    until(async () => (await page.locator(selector).first().textContent()) === wanted, 15_000, `${selector} to show ${wanted}`);
  const post = (matchId: string, homeScore: number, awayScore: number) => organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore } });
  const becomes = (id: string, visibility: 'public' | 'private') => organizer.call(api.changeTournament, { params: { id }, body: { visibility } });
  /** What happens to the world while these pages are cut off from it. */
  async function away(cutOff: Page[], meanwhile: () => Promise<unknown>): Promise<void> {
    relay.cut();
    for (const page of cutOff) await shows(page, '#connection', 'Offline, trying again…');
    await meanwhile();
    relay.mend();
  }

  async function expectShownOut(tournament: Page, match: Page): Promise<void> {
    await shows(tournament, 'h1', 'This tournament is no longer shown');
    await shows(match, 'h1', 'This match is no longer shown');
    for (const page of [tournament, match]) {
      await shows(page, '#connection', 'Not available');
      expect(await page.locator('.score, .timeline li, .ranks').count()).toBe(0);
      expect(await page.locator('body').textContent()).not.toMatch(/Live|Team home/);
      expect(await page.title()).toBe('Grandstand');
    }
  }

  it('a page that is shown out says so instead of the score, and shows it again when it may', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    await post(matchId, 3, 1);
    const [tournament, match] = [await open(`/?tournament=${cup.id}`), await open(`/?match=${matchId}`)];
    await post(matchId, 4, 1);
    for (const page of [tournament, match]) {
      await shows(page, '.score', '4');
      await until(async () => ((await page.locator('#announcer').textContent()) ?? '').includes('Team home 4'), 10_000, 'the score to be announced');
    }

    await away([tournament, match], () => becomes(cup.id, 'private'));
    await expectShownOut(tournament, match);

    await away([], async () => {
      await becomes(cup.id, 'public');
      await post(matchId, 5, 1);
    });
    for (const page of [tournament, match]) {
      await shows(page, '#connection', 'Live');
      await shows(page, '.score', '5');
      expect(await page.title()).not.toBe('Grandstand');
    }
    await post(matchId, 6, 1);
    for (const page of [tournament, match]) await shows(page, '.score', '6');
  });

  it('a page that is shown out while it is connected says so', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    await post(matchId, 3, 1);
    const [tournament, match] = [await open(`/?tournament=${cup.id}`), await open(`/?match=${matchId}`)];
    await post(matchId, 4, 1);
    for (const page of [tournament, match]) await shows(page, '.score', '4');
    await becomes(cup.id, 'private');
    await expectShownOut(tournament, match);
  });

  async function ranked(): Promise<{ id: string; put: (ann: number, bob: number) => Promise<unknown>; leads: (page: Page, name: string, kills: number) => Promise<void> }> {
    const cup = await openCup(organizer);
    const admin = await arena.rest(0, 'ADMIN');
    for (const name of ['ann', 'bob']) await admin.call(api.createUser, { body: { id: `${cup.id}-${name}`, username: name + cup.id } });
    const line = (name: string, participantId: string, kills: number) => ({ userId: `${cup.id}-${name}`, participantId, stats: { kills } });
    return {
      id: cup.id,
      put: (ann, bob) => organizer.call(api.putStats, { params: { id: cup.matchIds[0] ?? '' }, body: { lines: [line('ann', cup.home, ann), line('bob', cup.away, bob)] } }),
      leads: (page, name, kills) => shows(page, '.ranks tbody tr', `1${name}${cup.id}${String(kills)}${String(kills)}`),
    };
  }

  it('ranks the players as they stand when it comes back', async () => {
    const { id, put, leads } = await ranked();
    await put(5, 3);
    const page = await open(`/?tournament=${id}`);
    await leads(page, 'ann', 5);
    // A table is pushed within a second of the change: this one to nobody, before the page is back.
    const heard = await Spectator.connect(arena.at(0).url);
    closers.push(async () => {
      heard.close();
    });
    await heard.join('join_tournament', id);
    await away([page], async () => {
      await put(5, 9);
      await until(() => heard.of('leaderboard_update').some((update) => (update as LeaderboardUpdate).top[0]?.statValue === 9), 10_000, 'the table to be pushed');
    });
    await leads(page, 'bob', 9);
  });

  it('lets no late answer replace a ranking that was pushed meanwhile', async () => {
    const { id, put, leads } = await ranked();
    await put(5, 3);
    const page = await browser.newPage();
    pages.push(page);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let answered = 0;
    // The real answer, as it was at that moment, over a slow line.
    await page.route('**/analytics/top-players*', async (route) => {
      const response = await route.fetch();
      answered += 1;
      await held;
      await route.fulfill({ response });
    });
    await page.goto(`${arena.at(0).url}/?tournament=${id}`);
    await shows(page, '#connection', 'Live');
    await until(() => answered === 1, 10_000, 'the ranking to be answered');
    await put(5, 9);
    await leads(page, 'bob', 9);
    const arrived = page.waitForResponse(/top-players/);
    release();
    await (await arrived).finished();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    await leads(page, 'bob', 9);
    await put(12, 9);
    await leads(page, 'ann', 12);
  });

  it('fetches no log for a tournament, however much it missed', async () => {
    const cup = await openCup(organizer, { matches: 6 });
    const page = await open(`/?tournament=${cup.id}`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // More than a join hands over.
    await away([page], async () => {
      await Promise.all(
        cup.matchIds.map(async (matchId) => {
          for (let goals = 1; goals <= CATCH_UP_MAX; goals += 1) await post(matchId, goals, 0);
        }),
      );
    });
    for (const matchId of cup.matchIds) await shows(page, `[data-match="${matchId}"] .score`, String(CATCH_UP_MAX));
    await shows(page, '#connection', 'Live');
    for (const matchId of cup.matchIds) await post(matchId, CATCH_UP_MAX, 1);
    for (const matchId of cup.matchIds) await until(async () => (await page.locator(`[data-match="${matchId}"] .score`).last().textContent()) === '1', 15_000, 'the next score');
    expect(asked.filter((path) => path.startsWith('/api/v1/matches'))).toEqual([]);
  });

  it('says of what it missed only how it came out', async () => {
    const cup = await openCup(organizer, { start: false });
    const params = { id: cup.matchIds[0] ?? '' };
    const both = [await open(`/?tournament=${cup.id}`), await open(`/?match=${params.id}`)];
    const said = (page: Page): Promise<string[]> => page.evaluate(() => (window as unknown as { said: string[] }).said);
    for (const page of both) {
      await page.evaluate(() => {
        const region = document.getElementById('announcer');
        const all: string[] = ((window as unknown as { said: string[] }).said = []);
        if (region) new MutationObserver(() => all.push(region.textContent)).observe(region, { childList: true });
      });
    }
    await away(both, async () => {
      await organizer.call(api.startMatch, { params });
      await post(params.id, 2, 1);
      await organizer.call(api.endMatch, { params, body: {} });
    });
    for (const page of both) {
      await until(async () => (await said(page)).length > 0, 10_000, 'something to be said');
      expect(await said(page)).toEqual(['Final: Team home 2, Team away 1. Team home wins']);
    }
  });
});
