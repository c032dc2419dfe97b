/** The page in a real browser, on real instances. */
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
// eslint-disable-next-line no-console -- a skip has to say why
if (executable === null) console.warn('no Chromium on the PATH: the tests of the page are skipped');

const HOSTILE = '<img src=x onerror="window.hacked=1">';

describeInBrowser('the page', () => {
  let arena: Arena;
  let browser: Browser;
  let organizer: RestClient;
  const closers: (() => Promise<void>)[] = [];
  const pages: Page[] = [];
  /** What went wrong in the browser itself. */
  const errors: string[] = [];

  beforeAll(async () => {
    arena = await openArena({ instances: 2 });
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
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(arena.at(1).url + address);
    return page;
  }

  const text = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).first().textContent()) ?? '';
  const shows = (page: Page, selector: string, wanted: string): Promise<void> => until(async () => (await text(page, selector)) === wanted, 15_000, `${selector} to show ${wanted}`);
  const scores = (page: Page, matchId: string): Promise<string[]> => page.locator(`[data-match="${matchId}"] .score`).allTextContents();
  const showsScore = (page: Page, matchId: string, wanted: [string, string]): Promise<void> =>
    until(async () => (await scores(page, matchId)).join(':') === wanted.join(':'), 15_000, `${matchId} to stand at ${wanted.join(':')}`);
  const post = (matchId: string, homeScore: number, awayScore: number) => organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore } });

  it('says what to do while there is no tournament, and shows one as soon as there is', async () => {
    const page = await open('/');
    await shows(page, 'h1', 'No tournament yet');
    await shows(page, '#connection', 'Waiting…');
    await openCup(organizer);
    await shows(page, 'h1', 'A cup');
    await shows(page, '#connection', 'Live');
  });

  it('is not live about a tournament that there is not', async () => {
    const page = await open('/?tournament=nowhere');
    await shows(page, 'h1', 'No such tournament');
    await shows(page, '#connection', 'Waiting…');
    const unknown = await open('/?match=nowhere');
    await shows(unknown, 'h1', 'No such match');
    await shows(unknown, '#connection', 'Not available');
  });

  it('shows, through instance B and without a reload, a score posted to instance A', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    const page = await open(`/?tournament=${cup.id}`);
    await showsScore(page, matchId, ['0', '0']);
    await shows(page, '#connection', 'Live');
    await page.evaluate(() => {
      (window as unknown as { stayed: boolean }).stayed = true;
    });

    await post(matchId, 1, 0);
    await showsScore(page, matchId, ['1', '0']);
    await post(matchId, 12, 9);
    await showsScore(page, matchId, ['12', '9']);
    expect(await page.evaluate(() => (window as unknown as { stayed?: boolean }).stayed)).toBe(true);
    await until(async () => (await text(page, '#announcer')).includes('Team home 12, Team away 9'), 10_000, 'the score to be announced');
  });

  it('ranks the players, anew when stat lines come in', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    const admin = await arena.rest(0, 'ADMIN');
    for (const name of ['ann', 'bob']) await admin.call(api.createUser, { body: { id: `${cup.id}-${name}`, username: `${name} ${cup.id}` } });
    const page = await open(`/?tournament=${cup.id}`);
    await shows(page, '#connection', 'Live');
    const put = (ann: number, bob: number) =>
      organizer.call(api.putStats, {
        params: { id: matchId },
        body: { lines: [{ userId: `${cup.id}-ann`, participantId: cup.home, stats: { kills: ann } }, { userId: `${cup.id}-bob`, participantId: cup.away, stats: { kills: bob } }] },
      });
    await put(5, 3);
    await shows(page, '.ranks tbody tr', `1ann ${cup.id}55`);
    await put(5, 8);
    await shows(page, '.ranks tbody tr', `1bob ${cup.id}88`);
  });

  it('shows one match with its whole timeline', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    await post(matchId, 1, 0);
    const page = await open(`/?match=${matchId}`);
    await shows(page, '.board .score', '1');
    await post(matchId, 2, 0);
    await organizer.call(api.endMatch, { params: { id: matchId }, body: {} });
    await organizer.call(api.correctMatch, { params: { id: matchId }, body: { homeScore: 3, reason: 'One round was not counted' } });
    await shows(page, '.board .score', '3');
    await until(async () => (await page.locator('.timeline li').count()) === 5, 10_000, 'five events');
    expect(await page.locator('.timeline .what').allTextContents()).toEqual(['Corrected: One round was not counted', 'Team home wins', 'Team home', 'Team home', 'The match starts']);
    expect(await text(page, '.verdict')).toBe('Team home wins');
  });

  it('survives that its instance is killed, and comes back with the right score', async () => {
    const cup = await openCup(organizer);
    const matchId = cup.matchIds[0] ?? '';
    const page = await open(`/?tournament=${cup.id}`);
    await shows(page, '#connection', 'Live');
    await post(matchId, 1, 0);
    await showsScore(page, matchId, ['1', '0']);
    await arena.at(1).kill();
    await shows(page, '#connection', 'Offline, trying again…');
    expect(await scores(page, matchId)).toEqual(['1', '0']);
    await post(matchId, 2, 7);
    await arena.at(1).boot();
    await showsScore(page, matchId, ['2', '7']);
    await shows(page, '#connection', 'Live');
    await post(matchId, 3, 7);
    await showsScore(page, matchId, ['3', '7']);
  }, 90_000);

  it('runs nothing that stands in a name', async () => {
    const id = 'hostile-cup';
    await organizer.call(api.createTournament, { body: { id, name: `${HOSTILE} Cup`, game: 'CSGO' } });
    for (const side of ['home', 'away']) await organizer.call(api.createParticipant, { params: { id }, body: { id: side, name: `${HOSTILE} ${side}` } });
    await organizer.call(api.createMatch, { params: { id }, body: { id: 'hostile-match', homeParticipantId: 'home', awayParticipantId: 'away', round: '<script>window.hacked=1</script>' } });
    await organizer.call(api.startMatch, { params: { id: 'hostile-match' } });
    await organizer.call(api.postScore, { params: { id: 'hostile-match' }, body: { homeScore: 1, awayScore: 0 } });
    await organizer.call(api.correctMatch, { params: { id: 'hostile-match' }, body: { awayScore: 1, reason: HOSTILE } });
    for (const address of [`/?tournament=${id}`, '/?match=hostile-match', `/?tournament=${encodeURIComponent(HOSTILE)}`, `/?match=${encodeURIComponent(HOSTILE)}`]) {
      const page = await open(address);
      await until(async () => (await page.locator('h1').count()) > 0, 10_000, `a heading on ${address}`);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    }
    const page = await open(`/?tournament=${id}`);
    await shows(page, 'h1', `${HOSTILE} Cup`);
    await shows(page, '.name', `${HOSTILE} home`);
  });

  it('met no error of its own in any of this', () => {
    expect(errors).toEqual([]);
  });
});
