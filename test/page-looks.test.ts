/** How the page looks in a real browser: what fits, what can be read, and whose letters it knows. */
import { expect, it } from '@jest/globals';
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
});
