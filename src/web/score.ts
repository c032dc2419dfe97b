/** A score whose changed digits light up for a moment. They are boxes of their own, so a screen reader would spell them: it gets the number beside them. */
import { h } from './dom.js';

/** As long as the animation in style.css. */
const HIGHLIGHT_MS = 1600;

export class Score {
  readonly #number = h('span', { class: 'unseen' });
  readonly #digits = h('span', { class: 'score', 'aria-hidden': 'true' });
  readonly element = h('span', { class: 'tally' }, this.#number, this.#digits);
  #shown: string | null = null;

  show(value: number): void {
    const text = String(value);
    if (text === this.#shown) return;
    const before = this.#shown;
    this.#shown = text;
    // Aligned at the right: from 9 to 10 both digits are new, from 10 to 11 one is.
    const old = before?.padStart(text.length, ' ').slice(-text.length);
    this.#number.textContent = text;
    this.#digits.replaceChildren(...Array.from(text, (digit, index) => digitOf(digit, old !== undefined && old[index] !== digit)));
  }
}

function digitOf(digit: string, changed: boolean): HTMLElement {
  const element = h('span', { class: changed ? 'digit changed' : 'digit' }, digit);
  if (changed)
    setTimeout(() => {
      element.classList.remove('changed');
    }, HIGHLIGHT_MS);
  return element;
}
