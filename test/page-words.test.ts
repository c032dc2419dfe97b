/** What the page says to those who hear it: Chromium's own accessibility tree, and what is announced. */
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { api } from '../src/contracts/api.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';
import { describeInBrowser, Pages } from './support/pages.js';

describeInBrowser('the page, read aloud', () => {
  const pages = new Pages();

  /** What a screen reader gets: each piece of text and each link's name, in the page's order. */
  async function heard(page: Page): Promise<{ texts: string[]; links: string[] }> {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const named = (role: string): string[] => nodes.filter((node) => !node.ignored && node.role?.value === role).map((node) => String(node.name?.value ?? ''));
    return { texts: named('StaticText'), links: named('link') };
  }

  it('a score of two digits is one number', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    await pages.post(matchId, 13, 10);
    const tournament = await pages.openLive(`/?tournament=${cup.id}`);
    expect((await heard(tournament)).links).toContainEqual(expect.stringMatching(/Team home 13 Team away 10$/));
    const match = await pages.openLive(`/?match=${matchId}`);
    const board = async (): Promise<string[]> => (await heard(match)).texts.filter((text) => /^\d+$/.test(text));
    expect(await board()).toEqual(['13', '10']);
    await pages.post(matchId, 13, 11);
    await until(async () => (await board()).join() === '13,11', 10_000, 'the next score');
    expect(await match.locator('.digit').allTextContents()).toEqual(['1', '3', '1', '1']);
  });

  it('says what happens to a match, and not its score over again', async () => {
    const cup = await openCup(pages.organizer, { start: false });
    const params = { id: cup.matchIds[0] ?? '' };
    await pages.organizer.call(api.rescheduleMatch, { params, body: { scheduledAt: '2030-01-02T12:00:00.000Z' } });
    const both = [await pages.openLive(`/?tournament=${cup.id}`), await pages.openLive(`/?match=${params.id}`)];
    // What happened before is no news.
    await both[1]?.locator('.timeline li').waitFor();
    for (const page of both) expect(await page.locator('#announcer').textContent()).toBe('');
    const says = async (wanted: string | RegExp): Promise<void> => {
      for (const page of both) {
        let said = '';
        const matches = (): boolean => (typeof wanted === 'string' ? said === wanted : wanted.test(said));
        await until(async () => ((said = (await page.locator('#announcer').textContent()) ?? ''), matches()), 10_000, `${page.url()} to say ${String(wanted)}`);
      }
    };
    await pages.organizer.call(api.rescheduleMatch, { params, body: { scheduledAt: '2031-05-06T12:00:00.000Z' } });
    await says(/^Team home against Team away is moved to .*2031/);
    await pages.organizer.call(api.startMatch, { params });
    await says('Team home against Team away starts');
    await pages.post(params.id, 2, 1);
    await says('Team home 2, Team away 1');
    await pages.organizer.call(api.endMatch, { params, body: {} });
    await says('Final: Team home 2, Team away 1. Team home wins');
    await pages.organizer.call(api.correctMatch, { params, body: { awayScore: 2, winnerId: null, reason: 'A round was missed' } });
    await says('Corrected: Team home 2, Team away 2. A draw');
  });

  it('says that a match is cancelled', async () => {
    const cup = await openCup(pages.organizer);
    const params = { id: cup.matchIds[0] ?? '' };
    const both = [await pages.openLive(`/?tournament=${cup.id}`), await pages.openLive(`/?match=${params.id}`)];
    await pages.organizer.call(api.cancelMatch, { params, body: {} });
    for (const page of both) await until(async () => (await page.locator('#announcer').textContent()) === 'Team home against Team away is cancelled', 10_000, 'the cancellation');
  });

  it('a match that has not begun has no score', async () => {
    const cup = await openCup(pages.organizer, { start: false });
    const params = { id: cup.matchIds[0] ?? '' };
    const both = [await pages.openLive(`/?tournament=${cup.id}`), await pages.openLive(`/?match=${params.id}`)];
    const shown = (page: Page): Promise<number> => page.locator('.score:visible').count();
    for (const page of both) {
      await page.locator('.badge', { hasText: 'Not scheduled yet' }).waitFor();
      expect(await shown(page)).toBe(0);
      expect((await heard(page)).texts).not.toContain('0');
    }
    expect(await both[1]?.title()).toBe('Team home vs Team away · Grandstand');
    await pages.organizer.call(api.startMatch, { params });
    for (const page of both) await until(async () => (await shown(page)) === 2, 10_000, 'the score');
    expect(await both[1]?.title()).toBe('Team home 0–0 Team away · Grandstand');
  });

  it('a match that never began has no score either, until a correction gives it one', async () => {
    const cup = await openCup(pages.organizer, { matches: 2, start: false });
    const [off = '', forfeited = ''] = cup.matchIds;
    const [whole, cancelled, given] = [await pages.openLive(`/?tournament=${cup.id}`), await pages.openLive(`/?match=${off}`), await pages.openLive(`/?match=${forfeited}`)];
    const shown = (page: Page): Promise<number> => page.locator('.score:visible').count();
    await pages.organizer.call(api.cancelMatch, { params: { id: off }, body: {} });
    await pages.organizer.call(api.endMatch, { params: { id: forfeited }, body: { outcome: 'forfeit', winnerId: cup.away } });
    await cancelled.locator('.badge', { hasText: 'Cancelled' }).waitFor();
    await given.locator('.badge', { hasText: 'Forfeit' }).waitFor();
    await until(async () => (await whole.locator('.badge', { hasText: /Cancelled|Forfeit/ }).count()) === 2, 10_000, 'both on the tournament’s page');
    for (const page of [whole, cancelled, given]) expect(await shown(page)).toBe(0);
    expect(await cancelled.title()).toBe('Team home vs Team away · Grandstand');
    await pages.shows(given, '#announcer', 'Final: Team away wins by forfeit');
    await pages.organizer.call(api.correctMatch, { params: { id: forfeited }, body: { homeScore: 0, awayScore: 3, reason: 'As the rules have it' } });
    for (const page of [whole, given]) await until(async () => (await shown(page)) === 2, 10_000, 'the score');
    expect(await given.title()).toBe('Team home 0–3 Team away · Grandstand');
  });
});
