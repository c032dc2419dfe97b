/** What the page says to those who hear it: Chromium's own accessibility tree, and what is announced. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { api } from '../src/contracts/api.js';
import type { RestClient } from '../src/contracts/rest-client.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';
import { findChromium, launchChromium } from './support/chromium.js';

const executable = findChromium();
const describeInBrowser = executable === null ? describe.skip : describe;

describeInBrowser('the page, read aloud', () => {
  let arena: Arena;
  let browser: Browser;
  let organizer: RestClient;
  const closers: (() => Promise<void>)[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    arena = await openArena();
    closers.push(() => arena.close());
    browser = await launchChromium(executable ?? '');
    closers.push(() => browser.close());
    organizer = await arena.rest(0, 'ORGANIZER');
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  async function open(address: string): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    await page.goto(arena.at(0).url + address);
    await until(async () => (await page.locator('#connection').textContent()) === 'Live', 15_000, 'the page to be live');
    return page;
  }
  const post = (matchId: string, homeScore: number, awayScore: number) => organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore } });

  /** What a screen reader gets: each piece of text and each link's name, in the page's order. */
  async function heard(page: Page): Promise<{ texts: string[]; links: string[] }> {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const named = (role: string): string[] => nodes.filter((node) => !node.ignored && node.role?.value === role).map((node) => String(node.name?.value ?? ''));
    return { texts: named('StaticText'), links: named('link') };
  }

  it('a score of two digits is one number', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    await post(matchId, 13, 10);
    const tournament = await open(`/?tournament=${cup.id}`);
    expect((await heard(tournament)).links).toContainEqual(expect.stringMatching(/Team home 13 Team away 10$/));
    const match = await open(`/?match=${matchId}`);
    const board = async (): Promise<string[]> => (await heard(match)).texts.filter((text) => /^\d+$/.test(text));
    expect(await board()).toEqual(['13', '10']);
    await post(matchId, 13, 11);
    await until(async () => (await board()).join() === '13,11', 10_000, 'the next score');
    expect(await match.locator('.digit').allTextContents()).toEqual(['1', '3', '1', '1']);
  });
});
