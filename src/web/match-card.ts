/** One match of a tournament: a link to its own page, with its score. */
import type { MatchSnapshot } from '../client/index.js';
import { h } from './dom.js';
import { aheadOf, isScored, stageOf, statusOf } from './match-words.js';
import { Score } from './score.js';

export class MatchCard {
  readonly element = h('li');
  readonly #link: HTMLAnchorElement;
  readonly #badge = h('span', { class: 'badge' });
  readonly #stage = h('span');
  readonly #sides = { home: new Side(), away: new Side() };

  constructor(id: string) {
    this.#link = h('a', { class: 'card', href: `?match=${encodeURIComponent(id)}`, 'data-match': id }, h('div', { class: 'card-head' }, this.#badge, this.#stage), this.#sides.home.element, this.#sides.away.element);
    this.element.append(this.#link);
  }

  show(match: MatchSnapshot): void {
    this.#link.dataset['status'] = this.#badge.dataset['status'] = match.status;
    this.#link.dataset['scored'] = isScored(match) ? 'yes' : 'no';
    this.#badge.textContent = statusOf(match);
    this.#stage.textContent = stageOf(match);
    const ahead = aheadOf(match);
    this.#sides.home.show(match.home.name, match.homeScore, ahead === null ? null : ahead === 'home');
    this.#sides.away.show(match.away.name, match.awayScore, ahead === null ? null : ahead === 'away');
  }
}

class Side {
  readonly #name = h('span', { class: 'name', dir: 'auto' });
  readonly #score = new Score();
  readonly element = h('div', { class: 'side' }, this.#name, this.#score.element);

  show(name: string, score: number, ahead: boolean | null): void {
    this.#name.textContent = name;
    this.#name.title = name;
    this.#score.show(score);
    this.element.dataset['ahead'] = ahead === null ? '' : ahead ? 'yes' : 'no';
  }
}
