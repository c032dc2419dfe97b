/** One match, big, with its timeline from the first event. */
import type { MatchEvent, MatchSnapshot, RefusalBody } from '../client/index.js';
import { Announcer } from './announcer.js';
import { following, openWatcher } from './connection.js';
import { byId, h } from './dom.js';
import { aheadOf, isScored, spokenOf, stageOf, statusOf, verdictOf } from './match-words.js';
import { Score } from './score.js';
import { shownOut } from './shown-out.js';
import { Timeline } from './timeline.js';

export function matchPage(id: string): void {
  const board = new Board();
  const timeline = new Timeline();
  const announcer = new Announcer(byId('announcer'));
  const main = byId('main');
  const back = h('a', { class: 'back' }, '← All matches');
  const log = h('section', { 'aria-labelledby': 'timeline' }, h('h2', { id: 'timeline' }, 'Timeline'), timeline.element);
  let refused = false;
  let wasLive = false;
  const show = (match: MatchSnapshot): void => {
    board.show(match);
    if (refused) return;
    const between = isScored(match) ? `${String(match.homeScore)}–${String(match.awayScore)}` : 'vs';
    document.title = `${match.home.name} ${between} ${match.away.name} · Grandstand`;
    back.href = `?tournament=${encodeURIComponent(match.tournamentId)}`;
    if (!board.element.isConnected) main.replaceChildren(back, board.element, log);
  };
  const handle = openWatcher().match(
    id,
    {
      onSnapshot: show,
      onEvent: (event: MatchEvent, match: MatchSnapshot) => {
        timeline.add(event, match);
        // What was before the page was, or is only being caught up with, is history: it is on the page, not read out.
        if (wasLive && event.seq === match.seq) announcer.say(match.id, spokenOf(event, match));
      },
      ...following({
        onLive: () => {
          refused = false;
          wasLive = true;
          if (handle.snapshot) show(handle.snapshot);
        },
        onRefused: (refusal) => {
          refused = true;
          announcer.hush();
          document.title = 'Grandstand';
          main.replaceChildren(handle.snapshot ? shownOut('match', refusal) : noSuchMatch(refusal));
        },
      }),
    },
    { since: 0 },
  );
}

const noSuchMatch = (refusal: RefusalBody): HTMLElement =>
  h('section', { class: 'empty panel' }, h('h1', {}, 'No such match'), h('p', {}, refusal.message), h('p', {}, h('a', { href: '/' }, 'All matches')));

class Board {
  readonly #badge = h('span', { class: 'badge' });
  readonly #stage = h('span');
  readonly #home = h('p', { class: 'team' });
  readonly #away = h('p', { class: 'team' });
  readonly #scores = { home: new Score(), away: new Score() };
  readonly #colon = h('span', { class: 'colon' });
  readonly #result = h('p', { class: 'result' }, this.#scores.home.element, this.#colon, this.#scores.away.element);
  readonly #verdict = h('p', { class: 'verdict' });
  readonly #title = h('h1', { class: 'unseen' });
  readonly element = h(
    'section',
    { class: 'board panel', 'data-board': '' },
    this.#title,
    h('div', { class: 'card-head' }, this.#badge, this.#stage),
    h('div', { class: 'duel' }, this.#home, this.#result, this.#away),
    this.#verdict,
  );

  show(match: MatchSnapshot): void {
    this.element.dataset['status'] = this.#badge.dataset['status'] = match.status;
    this.#title.textContent = `${match.home.name} against ${match.away.name}`;
    this.element.dataset['scored'] = isScored(match) ? 'yes' : 'no';
    this.#badge.textContent = statusOf(match);
    this.#stage.textContent = stageOf(match);
    this.#home.textContent = match.home.name;
    this.#away.textContent = match.away.name;
    const ahead = aheadOf(match);
    this.#home.dataset['ahead'] = ahead === 'home' ? 'yes' : 'no';
    this.#away.dataset['ahead'] = ahead === 'away' ? 'yes' : 'no';
    this.#colon.textContent = isScored(match) ? ':' : 'vs';
    this.#scores.home.show(match.homeScore);
    this.#scores.away.show(match.awayScore);
    // By which the style makes room.
    this.#result.style.setProperty('--digits', String(`${String(match.homeScore)}${String(match.awayScore)}`.length));
    this.#verdict.textContent = verdictOf(match);
    this.#verdict.hidden = this.#verdict.textContent === '';
  }
}
