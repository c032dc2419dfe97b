/** The page's watcher, and what it says of its connection at the top. */
import { watch, type Watcher, type WatchState } from '../client/index.js';
import { byId } from './dom.js';

const WORDS: Record<WatchState, string> = { live: 'Live', 'catching-up': 'Catching up…', offline: 'Offline, trying again…' };

export function openWatcher(): Watcher {
  const watcher = watch(location.origin, { onState: showState });
  // A phone that wakes up or finds a network again need not wait for the backoff.
  const retry = (): void => {
    if (watcher.state === 'offline') watcher.retry();
  };
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) retry();
  });
  return watcher;
}

export function showState(state: WatchState): void {
  const badge = byId('connection');
  badge.dataset['state'] = state;
  badge.textContent = WORDS[state];
}

export function showViewers(viewers: number): void {
  const element = byId('viewers');
  element.hidden = viewers < 1;
  element.textContent = `${viewers.toLocaleString()} watching`;
}
