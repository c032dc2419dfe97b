/** The log and the state of a match over HTTP: for what a join did not hand over. */
import type { EventsPage } from '../contracts/event.js';
import type { MatchSnapshot } from '../contracts/match.js';
import type { Settings } from './options.js';
import { read, type ReadAnswer, type ReadOptions, type ReadPath } from './rest-reader.js';

/** Requests at a time: a tournament of 400 matches must not open 400 connections. */
const AT_ONCE = 4;

export class MatchLog {
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly token: () => string | undefined,
  ) {}

  /** Up to 500 events after `after`, in order. `unwanted`: who asked has gone. */
  page(id: string, after: number, unwanted: AbortSignal): Promise<EventsPage> {
    return this.#read('/matches/:id/events', { params: { id }, query: { after: String(after), limit: '500' } }, unwanted);
  }

  match(id: string, unwanted: AbortSignal): Promise<MatchSnapshot> {
    return this.#read('/matches/:id', { params: { id } }, unwanted);
  }

  async #read<P extends ReadPath>(path: P, options: ReadOptions<P>, unwanted: AbortSignal): Promise<ReadAnswer<P>> {
    const { url, fetch, clock, fetchTimeoutMs } = this.settings;
    if (this.#running >= AT_ONCE) await new Promise<void>((turn) => this.#queue.push(turn));
    this.#running += 1;
    const abort = new AbortController();
    const giveUp = (): void => {
      abort.abort();
    };
    const timer = clock.setTimeout(giveUp, fetchTimeoutMs);
    unwanted.addEventListener('abort', giveUp);
    try {
      // Perhaps while it waited for its turn.
      unwanted.throwIfAborted();
      return await read(url, path, { ...options, token: this.token(), signal: abort.signal, fetch });
    } finally {
      clock.clearTimeout(timer);
      unwanted.removeEventListener('abort', giveUp);
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }
}
