/** What the tests of the page stand on: real instances, a real browser, and pages that are gone after each test. */
import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { api } from '../../src/contracts/api.js';
import type { RestClient } from '../../src/contracts/rest-client.js';
import { openArena, type Arena, type ArenaOptions } from '../arena/arena.js';
import { until } from '../arena/until.js';
import { findChromium, launchChromium } from './chromium.js';

const executable = findChromium();
// eslint-disable-next-line no-console -- a skip has to say why
if (executable === null) console.warn('no Chromium on the PATH: the tests of the page are skipped');
export const describeInBrowser = executable === null ? describe.skip : describe;

export class Pages {
  arena!: Arena;
  browser!: Browser;
  organizer!: RestClient;
  /** What went wrong in the browser itself, on any page so far. */
  readonly errors: string[] = [];
  readonly #open: Page[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  /** Made in a `describe`: it opens before the tests and closes after them. */
  constructor(options: ArenaOptions = {}) {
    beforeAll(async () => {
      this.arena = await openArena(options);
      this.closeAfterwards(() => this.arena.close());
      this.browser = await launchChromium(executable ?? '');
      this.closeAfterwards(() => this.browser.close());
      this.organizer = await this.arena.rest(0, 'ORGANIZER');
    });
    afterEach(async () => {
      for (const page of this.#open.splice(0)) await page.close();
    });
    afterAll(async () => {
      for (const close of this.#closers.splice(0).reverse()) await close();
    });
  }

  /** After all tests, the last first. */
  closeAfterwards(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  async blank(): Promise<Page> {
    const page = await this.browser.newPage();
    this.#open.push(page);
    page.on('pageerror', (error) => this.errors.push(error.message));
    return page;
  }

  /** At `origin`, or at the last instance; the organizer is at the first. */
  async open(address: string, origin = this.arena.instances.at(-1)?.url ?? ''): Promise<Page> {
    const page = await this.blank();
    await page.goto(origin + address);
    return page;
  }

  async openLive(address: string, origin?: string): Promise<Page> {
    const page = await this.open(address, origin);
    await this.shows(page, '#connection', 'Live');
    return page;
  }

  async text(page: Page, selector: string): Promise<string> {
    return (await page.locator(selector).first().textContent()) ?? '';
  }

  shows(page: Page, selector: string, wanted: string): Promise<void> {
    return until(async () => (await this.text(page, selector)) === wanted, 15_000, `${selector} to show ${wanted}`);
  }

  post(matchId: string, homeScore: number, awayScore: number): Promise<unknown> {
    return this.organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore } });
  }
}
