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

const ENDED_SHOWN = 6;
const UPCOMING_SHOWN = 6;

/** Newest first by `key`, then by id, so that equal times do not shuffle. */
const newest = (key: (match: MatchSnapshot) => string | null) => (a: MatchSnapshot, b: MatchSnapshot) => (key(b) ?? '').localeCompare(key(a) ?? '') || a.id.localeCompare(b.id);

/** Soonest first; without a time last, where no locale's order would put it: in most a '~' comes before a digit. */
const soonest = (a: MatchSnapshot, b: MatchSnapshot): number => {
  if (a.scheduledAt === b.scheduledAt) return a.id.localeCompare(b.id);
  return a.scheduledAt !== null && (b.scheduledAt === null || a.scheduledAt < b.scheduledAt) ? -1 : 1;
};

const GROUPS: { title: string; empty: string | null; pick: (matches: readonly MatchSnapshot[]) => MatchSnapshot[] }[] = [
  {
    title: 'Live now',
    empty: 'No match is live at the moment. The next one appears here by itself.',
    pick: (matches) => matches.filter((match) => match.status === 'LIVE').sort((a, b) => newest((match) => match.startedAt)(b, a)),
  },
  {
    title: 'Upcoming',
    empty: null,
    pick: (matches) => matches.filter((match) => match.status === 'SCHEDULED').sort(soonest).slice(0, UPCOMING_SHOWN),
  },
  {
    title: 'Recently ended',
    empty: null,
    pick: (matches) => matches.filter((match) => match.status === 'COMPLETED' || match.status === 'CANCELLED').sort(newest((match) => match.endedAt ?? match.updatedAt)).slice(0, ENDED_SHOWN),
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
  const sections = GROUPS.map((group) => new Group(group.title, group.empty));
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
    GROUPS.forEach((group, index) => {
      sections[index]?.show(group.pick(handle.snapshots).map((match) => cardOf(cards, match.id).element));
    });
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
  readonly element: HTMLElement;

  constructor(title: string, empty: string | null) {
    this.#empty = empty === null ? null : h('p', { class: 'quiet' }, empty);
    this.element = h('section', { class: 'matches' }, h('h2', {}, title), this.#list, this.#empty);
  }

  show(cards: readonly Element[]): void {
    arrange(this.#list, cards);
    if (this.#empty) this.#empty.hidden = cards.length > 0;
    else this.element.hidden = cards.length === 0;
  }
}
