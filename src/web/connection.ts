/** The page's watcher, and what it says at the top of what it follows. */
import { watch, type Handlers, type RefusalBody, type Watcher, type WatchState } from '../client/index.js';
import { byId } from './dom.js';

/**
 * - `refused`: what the page is about is not, or no more, for this spectator to see
 * - `waiting`: there is nothing to follow yet, and so no connection
 */
type Shown = WatchState | 'refused' | 'waiting';
const WORDS: Record<Shown, string> = { live: 'Live', 'catching-up': 'Catching up…', offline: 'Offline, trying again…', refused: 'Not available', waiting: 'Waiting…' };

export function openWatcher(): Watcher {
  const watcher = watch(location.origin);
  // A phone that wakes up or finds a network again need not wait for the backoff, nor believe in a connection that died while it slept.
  const retry = (): void => {
    watcher.retry();
  };
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) retry();
  });
  return watcher;
}

export interface Following {
  /** Everything known to exist was told: for the first time, or again. */
  onLive: () => void;
  onRefused: (refusal: RefusalBody) => void;
}

/** The badge speaks of what the page follows, not of the socket: a refused page is well connected, and never "Live". */
export function following({ onLive, onRefused }: Following): Pick<Handlers, 'onState' | 'onError' | 'onViewers'> {
  let refused = false;
  return {
    onState: (state) => {
      // What was refused stays `offline` until the next connection asks again.
      refused &&= state === 'offline';
      showState(refused ? 'refused' : state);
      if (state === 'live') onLive();
    },
    onError: (refusal) => {
      refused = true;
      showState('refused');
      showViewers(0);
      onRefused(refusal);
    },
    onViewers: showViewers,
  };
}

export function showState(state: Shown): void {
  const badge = byId('connection');
  badge.dataset['state'] = state;
  badge.textContent = WORDS[state];
}

function showViewers(viewers: number): void {
  const element = byId('viewers');
  element.hidden = viewers < 1;
  element.textContent = `${viewers.toLocaleString()} watching`;
}
