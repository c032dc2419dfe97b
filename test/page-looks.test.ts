/** How the page looks in a real browser: what fits, what can be read, and whose letters it knows. */
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { api } from '../src/contracts/api.js';
import { openCup } from './arena/cup.js';
import { describeInBrowser, Pages } from './support/pages.js';

const ARABIC = 'نادي الهلال السعودي للرياضات الإلكترونية الأولمبية';

describeInBrowser('the page, looked at', () => {
  const pages = new Pages({ redis: false });

  it.each([320, 390, 600, 768])('a score of any size fits, %i pixels wide', async (width) => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    const page = await pages.openLive(`/?match=${matchId}`);
    await page.setViewportSize({ width, height: 800 });
    for (const [homeScore, awayScore] of [[128, 117], [1_000_000, 999_999]] as const) {
      await pages.post(matchId, homeScore, awayScore);
      await pages.shows(page, '.timeline .at', `${homeScore}–${awayScore}`);
      const { beyond, overlapping, wide } = await page.evaluate(() => {
        const board = document.querySelector('.board')?.getBoundingClientRect();
        const outside = ({ left, right }: DOMRect): boolean => !board || left < board.left || right > board.right;
        return {
          beyond: [...document.querySelectorAll('.board .digit, .board .team')].filter((element) => outside(element.getBoundingClientRect())).length,
          overlapping: [...document.querySelectorAll('.timeline .at')].filter((element) => element.scrollWidth > element.clientWidth).length,
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        };
      });
      expect({ beyond, overlapping, wide }).toEqual({ beyond: 0, overlapping: 0, wide: 0 });
    }
  });

  it.each([320, 390])('says that it is offline within %i pixels', async (width) => {
    const cup = await openCup(pages.organizer);
    const page = await pages.openLive(`/?tournament=${cup.id}`);
    await page.setViewportSize({ width, height: 800 });
    await page.locator('#viewers', { hasText: '1 watching' }).waitFor();
    await page.context().setOffline(true);
    await pages.shows(page, '#connection', 'Offline, trying again…');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });

  it('a name that does not fit is cut at its end, whichever way it is written', async () => {
    const id = 'both-ways';
    await pages.organizer.call(api.createTournament, { body: { id, name: 'Both ways', game: 'CSGO' } });
    for (const [side, name] of [['home', ARABIC], ['away', 'The Extraordinarily Long Named Esports Organisation']] as const) await pages.organizer.call(api.createParticipant, { params: { id }, body: { id: side, name } });
    await pages.organizer.call(api.createMatch, { params: { id }, body: { homeParticipantId: 'home', awayParticipantId: 'away' } });
    const page = await pages.openLive(`/?tournament=${id}`);
    await page.setViewportSize({ width: 320, height: 800 });
    const begins = await page.locator('.name').evaluateAll((names) =>
      names.map((name) => {
        const range = document.createRange();
        range.setStart(name.firstChild ?? name, 0);
        range.setEnd(name.firstChild ?? name, 1);
        const [letter, box] = [range.getBoundingClientRect(), name.getBoundingClientRect()];
        return { cut: name.scrollWidth > name.clientWidth, begun: letter.left >= box.left - 1 && letter.right <= box.right + 1 };
      }),
    );
    expect(begins).toEqual([{ cut: true, begun: true }, { cut: true, begun: true }]);
  });

  it('is as large as the reader wants letters to be', async () => {
    const cup = await openCup(pages.organizer);
    const page = await pages.blank();
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setFontSizes', { fontSizes: { standard: 24 } });
    await page.goto(`${pages.arena.at(0).url}/?tournament=${cup.id}`);
    await page.locator('.name').first().waitFor();
    expect(await page.locator('.name').first().evaluate((name) => getComputedStyle(name).fontSize)).toBe('24px');
  });

  /** Texts below the contrast of 4.5 that WCAG asks for. */
  const faint = (page: Page): Promise<string[]> =>
    page.evaluate(() => {
      type Colour = [number, number, number, number];
      const colour = (css: string): Colour => {
        const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
        return [red, green, blue, alpha];
      };
      const over = (top: Colour, below: Colour, opacity = 1): Colour => {
        const share = top[3] * opacity;
        const mix = (index: 0 | 1 | 2): number => top[index] * share + below[index] * (1 - share);
        return [mix(0), mix(1), mix(2), 1];
      };
      const light = ([...channels]: Colour): number => {
        const [red = 0, green = 0, blue = 0] = channels.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const page = colour(getComputedStyle(document.documentElement).backgroundColor);
      const seen = (element: Element): { ink: Colour; ground: Colour } => {
        const line: Element[] = [];
        for (let at: Element | null = element; at; at = at.parentElement) line.unshift(at);
        let opacity = 1;
        let ground = page;
        for (const at of line) {
          const style = getComputedStyle(at);
          opacity *= Number(style.opacity);
          ground = over(colour(style.backgroundColor), ground, opacity);
        }
        return { ink: over(colour(getComputedStyle(element).color), ground, opacity), ground };
      };
      const texts = [...document.querySelectorAll('body *')].filter((element) => !element.closest('.unseen, .skip, noscript, .changed') && element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()));
      return texts.flatMap((element) => {
        const { ink, ground } = seen(element);
        const [bright = 0, dark = 0] = [light(ink), light(ground)].sort((a, b) => b - a);
        const contrast = (bright + 0.05) / (dark + 0.05);
        return contrast < 4.5 ? [`${element.className || element.tagName} ${contrast.toFixed(2)}`] : [];
      });
    });

  it.each(['light', 'dark'] as const)('can be read in %s, also while it is offline', async (colorScheme) => {
    const cup = await openCup(pages.organizer, { matches: 3 });
    const [live = '', ended = ''] = cup.matchIds;
    await pages.post(live, 3, 1);
    await pages.post(ended, 3, 1);
    await pages.organizer.call(api.endMatch, { params: { id: ended }, body: {} });
    await pages.organizer.call(api.correctMatch, { params: { id: ended }, body: { homeScore: 4, reason: 'A round was missed' } });
    for (const address of [`/?tournament=${cup.id}`, `/?match=${ended}`]) {
      const page = await pages.openLive(address);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await faint(page)).toEqual([]);
      await page.context().setOffline(true);
      await pages.shows(page, '#connection', 'Offline, trying again…');
      expect(await faint(page)).toEqual([]);
    }
  });
});
