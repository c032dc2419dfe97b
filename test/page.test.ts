/** The page in a real browser, on real instances. */
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { api } from '../src/contracts/api.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';
import { describeInBrowser, Pages } from './support/pages.js';

const HOSTILE = '<img src=x onerror="window.hacked=1">';

describeInBrowser('the page', () => {
  const pages = new Pages({ instances: 2 });
  const scores = (page: Page, matchId: string): Promise<string[]> => page.locator(`[data-match="${matchId}"] .score`).allTextContents();
  const showsScore = (page: Page, matchId: string, wanted: [string, string]): Promise<void> =>
    until(async () => (await scores(page, matchId)).join(':') === wanted.join(':'), 15_000, `${matchId} to stand at ${wanted.join(':')}`);

  it('says what to do while there is no tournament, and shows one as soon as there is', async () => {
    const page = await pages.open('/');
    await pages.shows(page, 'h1', 'No tournament yet');
    await pages.shows(page, '#connection', 'Waiting…');
    await openCup(pages.organizer);
    await pages.shows(page, 'h1', 'A cup');
    await pages.shows(page, '#connection', 'Live');
  });

  it('is not live about a tournament that there is not', async () => {
    const page = await pages.open('/?tournament=nowhere');
    await pages.shows(page, 'h1', 'No such tournament');
    await pages.shows(page, '#connection', 'Waiting…');
    const unknown = await pages.open('/?match=nowhere');
    await pages.shows(unknown, 'h1', 'No such match');
    await pages.shows(unknown, '#connection', 'Not available');
  });

  it('shows, through instance B and without a reload, a score posted to instance A', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    const page = await pages.open(`/?tournament=${cup.id}`);
    await showsScore(page, matchId, ['0', '0']);
    await pages.shows(page, '#connection', 'Live');
    await page.evaluate(() => {
      (window as unknown as { stayed: boolean }).stayed = true;
    });

    await pages.post(matchId, 1, 0);
    await showsScore(page, matchId, ['1', '0']);
    await pages.post(matchId, 12, 9);
    await showsScore(page, matchId, ['12', '9']);
    expect(await page.evaluate(() => (window as unknown as { stayed?: boolean }).stayed)).toBe(true);
    await until(async () => (await pages.text(page, '#announcer')).includes('Team home 12, Team away 9'), 10_000, 'the score to be announced');
  });

  it('ranks the players, anew when stat lines come in', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    const admin = await pages.arena.rest(0, 'ADMIN');
    for (const name of ['ann', 'bob']) await admin.call(api.createUser, { body: { id: `${cup.id}-${name}`, username: `${name} ${cup.id}` } });
    const page = await pages.open(`/?tournament=${cup.id}`);
    await pages.shows(page, '#connection', 'Live');
    const put = (ann: number, bob: number) =>
      pages.organizer.call(api.putStats, {
        params: { id: matchId },
        body: { lines: [{ userId: `${cup.id}-ann`, participantId: cup.home, stats: { kills: ann } }, { userId: `${cup.id}-bob`, participantId: cup.away, stats: { kills: bob } }] },
      });
    await put(5, 3);
    await pages.shows(page, '.ranks tbody tr', `1ann ${cup.id}55`);
    await put(5, 8);
    await pages.shows(page, '.ranks tbody tr', `1bob ${cup.id}88`);
  });

  it('shows one match with its whole timeline', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    await pages.post(matchId, 1, 0);
    const page = await pages.open(`/?match=${matchId}`);
    await pages.shows(page, '.board .score', '1');
    await pages.post(matchId, 2, 0);
    await pages.organizer.call(api.endMatch, { params: { id: matchId }, body: {} });
    await pages.organizer.call(api.correctMatch, { params: { id: matchId }, body: { homeScore: 3, reason: 'One round was not counted' } });
    await pages.shows(page, '.board .score', '3');
    await until(async () => (await page.locator('.timeline li').count()) === 5, 10_000, 'five events');
    expect(await page.locator('.timeline .what').allTextContents()).toEqual(['Corrected: One round was not counted', 'Team home wins', 'Team home', 'Team home', 'The match starts']);
    expect(await pages.text(page, '.verdict')).toBe('Team home wins');
  });

  it('shows the scores before it knows the game, and ranks the players once it does', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    await pages.post(matchId, 3, 1);
    const page = await pages.blank();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/api/v1/games', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${pages.arena.at(1).url}/?tournament=${cup.id}`);
    await showsScore(page, matchId, ['3', '1']);
    await pages.shows(page, '#connection', 'Live');
    release();
    await pages.shows(page, '.title p', 'Counter-Strike: Global Offensive');
    await pages.shows(page, '#stat option', 'Kills');
  });

  it('shows what comes next first, then what has no time yet, and all of it when asked', async () => {
    const cup = await openCup(pages.organizer, { matches: 7, start: false });
    const [soon = '', later = ''] = cup.matchIds.slice(-2);
    await pages.organizer.call(api.rescheduleMatch, { params: { id: soon }, body: { scheduledAt: '2031-01-01T12:00:00.000Z' } });
    await pages.organizer.call(api.rescheduleMatch, { params: { id: later }, body: { scheduledAt: '2031-01-02T12:00:00.000Z' } });
    const page = await pages.openLive(`/?tournament=${cup.id}`);
    const shown = (): Promise<(string | null)[]> => page.locator('.card').evaluateAll((cards) => cards.map((card) => card.getAttribute('data-match')));
    const inOrder = [soon, later, ...cup.matchIds.slice(0, -2)];
    expect(await shown()).toEqual(inOrder.slice(0, 6));
    await page.getByRole('button', { name: 'All 7 upcoming matches' }).press('Enter');
    expect(await shown()).toEqual(inOrder);
    // Whoever came by keyboard is where it goes on.
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-match'))).toBe(inOrder[6]);
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('keeps the focus on a match that moves to another group', async () => {
    const cup = await openCup(pages.organizer, { matches: 2 });
    const matchId = cup.matchIds[0] ?? '';
    const page = await pages.openLive(`/?tournament=${cup.id}`);
    await page.locator(`[data-match="${matchId}"]`).focus();
    await pages.organizer.call(api.endMatch, { params: { id: matchId }, body: {} });
    await page.locator(`[data-match="${matchId}"][data-status="COMPLETED"]`).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-match'))).toBe(matchId);
  });

  it('survives that its instance is killed, and comes back with the right score', async () => {
    const cup = await openCup(pages.organizer);
    const matchId = cup.matchIds[0] ?? '';
    const page = await pages.open(`/?tournament=${cup.id}`);
    await pages.shows(page, '#connection', 'Live');
    await pages.post(matchId, 1, 0);
    await showsScore(page, matchId, ['1', '0']);
    await pages.arena.at(1).kill();
    await pages.shows(page, '#connection', 'Offline, trying again…');
    expect(await scores(page, matchId)).toEqual(['1', '0']);
    await pages.post(matchId, 2, 7);
    await pages.arena.at(1).boot();
    await showsScore(page, matchId, ['2', '7']);
    await pages.shows(page, '#connection', 'Live');
    await pages.post(matchId, 3, 7);
    await showsScore(page, matchId, ['3', '7']);
  }, 90_000);

  it('runs nothing that stands in a name', async () => {
    const id = 'hostile-cup';
    await pages.organizer.call(api.createTournament, { body: { id, name: `${HOSTILE} Cup`, game: 'CSGO' } });
    for (const side of ['home', 'away']) await pages.organizer.call(api.createParticipant, { params: { id }, body: { id: side, name: `${HOSTILE} ${side}` } });
    await pages.organizer.call(api.createMatch, { params: { id }, body: { id: 'hostile-match', homeParticipantId: 'home', awayParticipantId: 'away', round: '<script>window.hacked=1</script>' } });
    await pages.organizer.call(api.startMatch, { params: { id: 'hostile-match' } });
    await pages.organizer.call(api.postScore, { params: { id: 'hostile-match' }, body: { homeScore: 1, awayScore: 0 } });
    await pages.organizer.call(api.correctMatch, { params: { id: 'hostile-match' }, body: { awayScore: 1, reason: HOSTILE } });
    for (const address of [`/?tournament=${id}`, '/?match=hostile-match', `/?tournament=${encodeURIComponent(HOSTILE)}`, `/?match=${encodeURIComponent(HOSTILE)}`]) {
      const page = await pages.open(address);
      await until(async () => (await page.locator('h1').count()) > 0, 10_000, `a heading on ${address}`);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    }
    const page = await pages.open(`/?tournament=${id}`);
    await pages.shows(page, 'h1', `${HOSTILE} Cup`);
    await pages.shows(page, '.name', `${HOSTILE} home`);
  });

  it('met no error of its own in any of this', () => {
    expect(pages.errors).toEqual([]);
  });
});
