/** What stands where scores stood that are no longer for this spectator: an old score would pass for the present one. */
import type { RefusalBody } from '../client/index.js';
import { h } from './dom.js';

export function shownOut(what: 'match' | 'tournament', refusal: RefusalBody): HTMLElement {
  // That it is not there is all a stranger is told of a private tournament.
  const why = refusal.code === 'NOT_FOUND' ? 'It is not public any more, or it was removed.' : refusal.message;
  return h('section', { class: 'empty panel' }, h('h1', {}, `This ${what} is no longer shown`), h('p', {}, why), h('p', {}, h('a', { href: '/' }, 'All matches')));
}
