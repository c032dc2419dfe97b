/**
 * What happens, for those who listen. Twenty matches moving at once cannot be
 * read out: the newest state of what changed last is, and then there is a pause.
 */
const PAUSE_MS = 4_000;
const AT_ONCE = 3;

export class Announcer {
  readonly #waiting = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly region: HTMLElement) {}

  /** `key`: what it is about; a newer word about the same replaces one not said yet. Null: there is none. */
  say(key: string, text: string | null): void {
    if (text === null) return;
    this.#waiting.delete(key);
    this.#waiting.set(key, text);
    // Not at once: what was missed comes in one go, and only the last of it is news.
    this.#timer ??= setTimeout(() => {
      this.#speak();
    });
  }

  /** Takes back what was said last, and what is still to be said. */
  hush(): void {
    this.#waiting.clear();
    this.region.textContent = '';
  }

  #speak(): void {
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    this.region.textContent = [...this.#waiting.values()].slice(-AT_ONCE).join('. ');
    this.#waiting.clear();
    this.#timer = setTimeout(() => {
      this.#speak();
    }, PAUSE_MS);
  }
}
