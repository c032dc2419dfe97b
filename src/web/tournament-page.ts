/** A tournament: what is live, what just ended, what comes, and who leads. */
import { read, type Handlers, type MatchSnapshot, type ReadAnswer } from '../client/index.js';
import { Announcer } from './announcer.js';
import { following, openWatcher } from './connection.js';
import { arrange, byId, h } from './dom.js';
import { MatchCard } from './match-card.js';
import { spokenOf } from './match-words.js';
import { shownOut } from './shown-out.js';
import { TopPlayers } from './top-players.js';
import { dayAndTime } from './when.js';

type Tournament = ReadAnswer<'/tournaments/:id'>;
type Game = ReadAnswer<'/games'>['data'][number];

/** Of the matches that are not live, until all are asked for. */
const SHOWN = 6;

/** Newest first by `key`, then by id, so that equal times do not shuffle. */
const newest = (key: (match: MatchSnapshot) => string | null) => (a: MatchSnapshot, b: MatchSnapshot) => (key(b) ?? '').localeCompare(key(a) ?? '') || a.id.localeCompare(b.id);

/** Soonest first; without a time last, where no locale's order would put it: in most a '~' comes before a digit. */
const soonest = (a: MatchSnapshot, b: MatchSnapshot): number => {
  if (a.scheduledAt === b.scheduledAt) return a.id.localeCompare(b.id);
  return a.scheduledAt !== null && (b.scheduledAt === null || a.scheduledAt < b.scheduledAt) ? -1 : 1;
};

interface Kind {
  title: string;
  /** What it says when there is none; null: then it is not there. */
  empty: string | null;
  /** How many are shown at first. */
  atFirst: number;
  pick: (matches: readonly MatchSnapshot[]) => MatchSnapshot[];
}

const GROUPS: Kind[] = [
  {
    title: 'Live now',
    empty: 'No match is live at the moment. The next one appears here by itself.',
    atFirst: Infinity,
    pick: (matches) => matches.filter((match) => match.status === 'LIVE').sort((a, b) => newest((match) => match.startedAt)(b, a)),
  },
  {
    title: 'Upcoming',
    empty: null,
    atFirst: SHOWN,
    pick: (matches) => matches.filter((match) => match.status === 'SCHEDULED').sort(soonest),
  },
  {
    title: 'Recently ended',
    empty: null,
    atFirst: SHOWN,
    pick: (matches) => matches.filter((match) => match.status === 'COMPLETED' || match.status === 'CANCELLED').sort(newest((match) => match.endedAt ?? match.updatedAt)),
  },
];

export function tournamentPage(tournament: Tournament): void {
  const players = new TopPlayers(tournament.id);
  const subtitle = h('p');
  const describe = (game: string): void => {
    subtitle.textContent = [game, startOf(tournament)].filter((part) => part !== null).join(' · ');
  };
  describe(tournament.game);
  // No score waits for it.
  void gameNamed(tournament.game).then((game) => {
    if (!game) return;
    describe(game.title);
    players.rankBy(game.numericStats);
  });
  const sections = GROUPS.map((kind) => new Group(kind));
  const title = h('div', { class: 'title' }, h('h1', {}, tournament.name), subtitle);
  const columns = h('div', { class: 'columns' }, h('div', {}, ...sections.map((section) => section.element)), players.element);
  const show = (): void => {
    document.title = `${tournament.name} · Grandstand`;
    if (!columns.isConnected) byId('main').replaceChildren(title, columns);
  };
  show();

  const announcer = new Announcer(byId('announcer'));
  const cards = new Map<string, MatchCard>();
  const changed = new Map<string, MatchSnapshot>();
  let drawing = false;
  let wasLive = false;
  /** Once a frame, however many events came: a burst costs one layout. */
  const draw = (): void => {
    drawing = false;
    for (const [id, match] of changed) cardOf(cards, id).show(match);
    changed.clear();
    const focused = document.activeElement;
    for (const section of sections) section.show(handle.snapshots, (match) => cardOf(cards, match.id).element);
    // A card on its way to another group is off the page for a moment, and would come back without the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
  };
  const handlers: Handlers = {
    onSnapshot: (match) => {
      changed.set(match.id, match);
      if (drawing) return;
      drawing = true;
      // A hidden page gets no frames; its scores are to be right when it is looked at again.
      if (document.hidden) setTimeout(draw, 200);
      else requestAnimationFrame(draw);
    },
    onEvent: (event, match) => {
      announcer.say(match.id, spokenOf(event, match));
    },
    onLeaderboard: (update) => {
      players.hear(update);
    },
    ...following({
      onLive: () => {
        show();
        // The table is pushed when it changes: what changed while nobody could be told has to be asked for.
        if (wasLive) players.refresh();
        wasLive = true;
      },
      onRefused: (refusal) => {
        announcer.hush();
        document.title = 'Grandstand';
        byId('main').replaceChildren(shownOut('tournament', refusal));
      },
    }),
  };
  // The cards show states, never what led to them: after a long absence the join brings those, and nobody asks for 60 matches' logs.
  const handle = openWatcher().tournament(tournament.id, handlers, { history: 'latest' });
  draw();
}

function startOf({ startsAt }: Tournament): string | null {
  if (!startsAt) return null;
  return `${Date.parse(startsAt) > Date.now() ? 'starts' : 'started'} ${dayAndTime(startsAt)}`;
}

function cardOf(cards: Map<string, MatchCard>, id: string): MatchCard {
  let card = cards.get(id);
  if (!card) {
    card = new MatchCard(id);
    cards.set(id, card);
  }
  return card;
}

/** The page lives without it: then there is nothing to rank by. */
async function gameNamed(name: string): Promise<Game | undefined> {
  const games = await read(location.origin, '/games').catch(() => null);
  return games?.data.find((game) => game.name === name);
}

class Group {
  readonly #list = h('ul', { class: 'cards' });
  readonly #empty: HTMLElement | null;
  readonly #more = h('button', { class: 'more', type: 'button' });
  #atFirst: number;
  #cards: readonly HTMLElement[] = [];
  readonly element: HTMLElement;

  constructor(private readonly kind: Kind) {
    this.#atFirst = kind.atFirst;
    this.#empty = kind.empty === null ? null : h('p', { class: 'quiet' }, kind.empty);
    this.#more.addEventListener('click', () => {
      const next = this.#cards[this.#atFirst];
      this.#atFirst = Infinity;
      this.#arrange();
      // The button is gone: the focus goes on where it stood.
      next?.querySelector('a')?.focus({ preventScroll: true });
    });
    this.element = h('section', { class: 'matches' }, h('h2', {}, kind.title), this.#list, this.#more, this.#empty);
  }

  show(matches: readonly MatchSnapshot[], cardOf: (match: MatchSnapshot) => HTMLElement): void {
    this.#cards = this.kind.pick(matches).map(cardOf);
    this.#arrange();
  }

  #arrange(): void {
    const { length } = this.#cards;
    arrange(this.#list, this.#cards.slice(0, this.#atFirst));
    this.#more.hidden = length <= this.#atFirst;
    this.#more.textContent = `All ${length.toLocaleString()} ${this.kind.title.toLowerCase()} matches`;
    if (this.#empty) this.#empty.hidden = length > 0;
    else this.element.hidden = length === 0;
  }
}
