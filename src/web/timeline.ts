/** What happened in a match, newest first. */
import type { MatchEvent, MatchSnapshot } from '../client/index.js';
import { h } from './dom.js';
import { clockTime, dayAndTime } from './when.js';

/** Rows kept in the page; a match of thousands of events must not make a phone crawl. */
const ROWS_MAX = 400;

export class Timeline {
  readonly #list = h('ol', { class: 'timeline', reversed: '' });
  readonly #empty = h('p', { class: 'quiet' }, 'Nothing has happened yet.');
  readonly element = h('div', {}, this.#empty, this.#list);
  #before = { homeScore: 0, awayScore: 0 };
  #stats: { row: HTMLElement; count: number } | null = null;

  /** In the order of `seq`. */
  add(event: MatchEvent, match: MatchSnapshot): void {
    this.#empty.hidden = true;
    if (event.type === 'stats_update' && this.#stats) {
      this.#stats.count += 1;
      this.#stats.row.replaceWith((this.#stats.row = rowOf(event, '', `Player stats, ${String(this.#stats.count)} times`)));
      return;
    }
    const score = 'homeScore' in event ? `${String(event.homeScore)}–${String(event.awayScore)}` : '';
    const row = rowOf(event, score, wordsOf(event, match, this.#before));
    this.#stats = event.type === 'stats_update' ? { row, count: 1 } : null;
    if ('homeScore' in event) this.#before = { homeScore: event.homeScore, awayScore: event.awayScore };
    this.#list.prepend(row);
    if (this.#list.childElementCount > ROWS_MAX) this.#list.lastElementChild?.remove();
  }
}

function rowOf(event: MatchEvent, score: string, words: string): HTMLElement {
  return h('li', { 'data-type': event.type, 'data-seq': String(event.seq) }, h('time', { datetime: event.at }, clockTime(event.at)), h('span', { class: 'at' }, score), h('span', { class: 'what' }, words));
}

function wordsOf(event: MatchEvent, { home, away }: MatchSnapshot, before: { homeScore: number; awayScore: number }): string {
  switch (event.type) {
    case 'match_start':
      return 'The match starts';
    case 'score_update': {
      const scorers = [event.homeScore > before.homeScore ? home.name : null, event.awayScore > before.awayScore ? away.name : null].filter((name) => name !== null);
      return scorers.length === 0 ? 'Score' : scorers.join(' and ');
    }
    case 'match_end':
      return event.winnerId === home.id ? `${home.name} wins` : event.winnerId === away.id ? `${away.name} wins` : 'The match ends';
    case 'match_correction':
      return `Corrected: ${event.reason}`;
    case 'match_cancelled':
      return event.reason ? `Cancelled: ${event.reason}` : 'Cancelled';
    case 'match_rescheduled':
      return `Moved to ${dayAndTime(event.scheduledAt)}${event.reason ? `: ${event.reason}` : ''}`;
    case 'stats_update':
      return 'Player stats';
    default:
      // A newer server than this page.
      return (event as { type: string }).type.replaceAll('_', ' ');
  }
}
