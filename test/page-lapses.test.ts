/** The page in a real browser whose connection, or whose right to look, ends for a while. */
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { LeaderboardUpdate } from '../src/contracts/analytics.js';
import { api } from '../src/contracts/api.js';
import { openCup } from './arena/cup.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';
import { describeInBrowser, Pages } from './support/pages.js';
import { openRelay, type Relay } from './support/relay.js';

/** Missed events that a join hands over. */
const CATCH_UP_MAX = 10;

describeInBrowser('the page over a network that fails', () => {
  const pages = new Pages({ env: { CATCH_UP_MAX: String(CATCH_UP_MAX) } });
  /** Between the browser and the instance. */
  let relay: Relay;

  beforeAll(async () => {
    relay = await openRelay(pages.arena.at(0).port);
    pages.closeAfterwards(() => relay.close());
  });
  afterEach(() => {
    relay.mend();
  });

  const open = (address: string): Promise<Page> => pages.openLive(address, `http://127.0.0.1:${String(relay.port)}`);
  const becomes = (id: string, visibility: 'public' | 'private') => pages.organizer.call(api.changeTournament, { params: { id }, body: { visibility } });
  /** What happens to the world while these pages are cut off from it. */
  async function away(cutOff: Page[], meanwhile: () => Promise<unknown>): Promise<void> {
    relay.cut();
    for (const page of cutOff) await pages.shows(page, '#connection', 'Offline, trying again…');
    await meanwhile();
    relay.mend();
  }

  async function expectShownOut(tournament: Page, match: Page): Promise<void> {
    await pages.shows(tournament, 'h1', 'This tournament is no longer shown');
    await pages.shows(match, 'h1', 'This match is no longer shown');
    for (const page of [tournament, match]) {
      await pages.shows(page, '#connection', 'Not available');
      expect(await page.locator('.score, .timeline li, .ranks').count()).toBe(0);
      expect(await page.locator('body').textContent()).not.toMatch(/Live|Team home/);
      expect(await page.title()).toBe('Grandstand');
    }
  }

  it('a page that is shown out says so instead of the score, and shows it again when it may', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    await pages.post(matchId, 3, 1);
    const [tournament, match] = [await open(`/?tournament=${cup.id}`), await open(`/?match=${matchId}`)];
    await pages.post(matchId, 4, 1);
    for (const page of [tournament, match]) {
      await pages.shows(page, '.score', '4');
      await until(async () => ((await page.locator('#announcer').textContent()) ?? '').includes('Team home 4'), 10_000, 'the score to be announced');
    }

    await away([tournament, match], () => becomes(cup.id, 'private'));
    await expectShownOut(tournament, match);

    await away([], async () => {
      await becomes(cup.id, 'public');
      await pages.post(matchId, 5, 1);
    });
    for (const page of [tournament, match]) {
      await pages.shows(page, '#connection', 'Live');
      await pages.shows(page, '.score', '5');
      expect(await page.title()).not.toBe('Grandstand');
    }
    await pages.post(matchId, 6, 1);
    for (const page of [tournament, match]) await pages.shows(page, '.score', '6');
  });

  it('a page that is shown out while it is connected says so', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    await pages.post(matchId, 3, 1);
    const [tournament, match] = [await open(`/?tournament=${cup.id}`), await open(`/?match=${matchId}`)];
    await pages.post(matchId, 4, 1);
    for (const page of [tournament, match]) await pages.shows(page, '.score', '4');
    await becomes(cup.id, 'private');
    await expectShownOut(tournament, match);
  });

  async function ranked(): Promise<{ id: string; put: (ann: number, bob: number) => Promise<unknown>; leads: (page: Page, name: string, kills: number) => Promise<void> }> {
    const cup = await openCup(pages.organizer);
    const admin = await pages.arena.rest(0, 'ADMIN');
    for (const name of ['ann', 'bob']) await admin.call(api.createUser, { body: { id: `${cup.id}-${name}`, username: name + cup.id } });
    const line = (name: string, participantId: string, kills: number) => ({ userId: `${cup.id}-${name}`, participantId, stats: { kills } });
    return {
      id: cup.id,
      put: (ann, bob) => pages.organizer.call(api.putStats, { params: { id: cup.matchIds[0] ?? '' }, body: { lines: [line('ann', cup.home, ann), line('bob', cup.away, bob)] } }),
      leads: (page, name, kills) => pages.shows(page, '.ranks tbody tr', `1${name}${cup.id}${String(kills)}${String(kills)}`),
    };
  }

  it('ranks the players as they stand when it comes back', async () => {
    const { id, put, leads } = await ranked();
    await put(5, 3);
    const page = await open(`/?tournament=${id}`);
    await leads(page, 'ann', 5);
    // A table is pushed within a second of the change: this one to nobody, before the page is back.
    const heard = await Spectator.connect(pages.arena.at(0).url);
    pages.closeAfterwards(async () => {
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
    const page = await pages.blank();
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
    await page.goto(`${pages.arena.at(0).url}/?tournament=${id}`);
    await pages.shows(page, '#connection', 'Live');
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
    const cup = await openCup(pages.organizer, { matches: 6 });
    const page = await open(`/?tournament=${cup.id}`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // More than a join hands over.
    await away([page], async () => {
      await Promise.all(
        cup.matchIds.map(async (matchId) => {
          for (let goals = 1; goals <= CATCH_UP_MAX; goals += 1) await pages.post(matchId, goals, 0);
        }),
      );
    });
    for (const matchId of cup.matchIds) await pages.shows(page, `[data-match="${matchId}"] .score`, String(CATCH_UP_MAX));
    await pages.shows(page, '#connection', 'Live');
    for (const matchId of cup.matchIds) await pages.post(matchId, CATCH_UP_MAX, 1);
    for (const matchId of cup.matchIds) await until(async () => (await page.locator(`[data-match="${matchId}"] .score`).last().textContent()) === '1', 15_000, 'the next score');
    expect(asked.filter((path) => path.startsWith('/api/v1/matches'))).toEqual([]);
  });

  it('says of what it missed only how it came out', async () => {
    const cup = await openCup(pages.organizer, { start: false });
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
      await pages.organizer.call(api.startMatch, { params });
      await pages.post(params.id, 2, 1);
      await pages.organizer.call(api.endMatch, { params, body: {} });
    });
    for (const page of both) {
      await until(async () => (await said(page)).length > 0, 10_000, 'something to be said');
      expect(await said(page)).toEqual(['Final: Team home 2, Team away 1. Team home wins']);
    }
  });
});
