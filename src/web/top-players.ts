/** The ranking of a tournament's players by one of its game's numeric stats. */
import { read, ReadRefusal, type ReadAnswer } from '../client/index.js';
import type { LeaderboardUpdate } from '../contracts/analytics.js';
import { h } from './dom.js';

type TopPlayer = ReadAnswer<'/analytics/top-players'>['data'][number];

const REFRESH_MS = 1_000;
const SHOWN = 10;
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** `mvpStars` → `Mvp stars` */
const label = (stat: string): string => (stat.charAt(0).toUpperCase() + stat.slice(1)).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export class TopPlayers {
  readonly #select = h('select', { id: 'stat' });
  readonly #body = h('tbody');
  readonly #note = h('p', { class: 'quiet' }, 'No stats yet.');
  readonly #table: HTMLTableElement;
  readonly element: HTMLElement;
  #due: ReturnType<typeof setTimeout> | null = null;
  #notBefore = 0;
  /** Tables are numbered as they are asked for or pushed; one that comes after a newer one is no news. */
  #newest = 0;
  #shown = 0;

  constructor(private readonly tournamentId: string) {
    this.#select.addEventListener('change', () => {
      void this.#load();
    });
    const heading = (name: string, text: string): HTMLElement => h('th', { scope: 'col', class: name }, text);
    this.#table = h('table', { class: 'ranks' }, h('thead', {}, h('tr', {}, heading('rank', '#'), heading('who', 'Player'), heading('value', 'Total'), heading('mean', 'A match'))), this.#body);
    this.#table.hidden = true;
    this.element = h(
      'section',
      { class: 'ranking panel', 'aria-labelledby': 'ranking' },
      h('div', { class: 'ranking-head' }, h('h2', { id: 'ranking' }, 'Top players'), h('label', { class: 'unseen', for: 'stat' }, 'Ranked by'), this.#select),
      this.#table,
      this.#note,
    );
    // What a hidden page would have asked for, it asks for when it is looked at again.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.refresh();
    });
  }

  /** What the players of this game can be ranked by, once that is known; first by the first. */
  rankBy(stats: readonly string[]): void {
    this.#select.replaceChildren(...stats.map((stat) => h('option', { value: stat }, label(stat))));
    void this.#load();
  }

  /** The table as the server sends it to everybody; another stat than that is asked for. */
  hear({ stat, top }: LeaderboardUpdate): void {
    if (this.#select.value === stat) this.#show(top, ++this.#newest);
    else this.refresh();
  }

  /** Asks again soon: at most once a second, and not in step with everybody else who heard the same event. */
  refresh(): void {
    if (this.#due !== null || document.hidden) return;
    const wait = Math.max(0, this.#notBefore - Date.now());
    this.#due = setTimeout(() => void this.#load(), wait + Math.random() * 250);
  }

  async #load(): Promise<void> {
    if (this.#due !== null) clearTimeout(this.#due);
    this.#due = null;
    this.#notBefore = Date.now() + REFRESH_MS;
    const stat = this.#select.value;
    if (!stat) return;
    const asked = ++this.#newest;
    try {
      const { data } = await read(location.origin, '/analytics/top-players', { query: { stat, tournamentId: this.tournamentId, limit: String(SHOWN) } });
      if (stat === this.#select.value) this.#show(data, asked);
    } catch (error) {
      // The tournament is not ours to see any more: should that change, the page asks again.
      if (error instanceof ReadRefusal && error.status === 404) return;
      // The last ranking stays; the next event asks again, when the server lets us.
      this.#notBefore = Date.now() + ((error instanceof ReadRefusal && error.retryAfterMs) || 5_000);
      this.refresh();
    }
  }

  #show(players: TopPlayer[], table: number): void {
    if (table < this.#shown) return;
    this.#shown = table;
    const most = Math.max(1, ...players.map((player) => player.statValue));
    this.#table.hidden = players.length === 0;
    this.#note.hidden = players.length > 0;
    this.#body.replaceChildren(
      ...players.map((player, index) => {
        const bar = h('i');
        bar.style.transform = `scaleX(${String(player.statValue / most)})`;
        return h(
          'tr',
          {},
          h('td', { class: 'rank' }, String(index + 1)),
          h('td', { class: 'who', dir: 'auto' }, player.username, h('span', { class: 'meter', 'aria-hidden': 'true' }, bar)),
          h('td', { class: 'value' }, number.format(player.statValue)),
          h('td', { class: 'mean' }, number.format(player.averagePerMatch)),
        );
      }),
    );
  }
}
