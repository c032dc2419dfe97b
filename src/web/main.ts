/** The page at `/`: `?match=ID` is one match, `?tournament=ID` one tournament, else the demo or the newest there is. */
import { read, ReadRefusal, type ReadAnswer } from '../client/index.js';
import { showState } from './connection.js';
import { byId, h } from './dom.js';
import { matchPage } from './match-page.js';
import { tournamentPage } from './tournament-page.js';

type Tournament = ReadAnswer<'/tournaments/:id'>;

const DEMO = 'demo';
const LOOK_AGAIN_MS = 5_000;

const tournamentNamed = (id: string): Promise<Tournament | null> =>
  read(location.origin, '/tournaments/:id', { params: { id } }).catch((error: unknown) => {
    if (error instanceof ReadRefusal && error.status < 500 && error.status !== 429) return null;
    throw error;
  });

const newestTournament = async (): Promise<Tournament | null> => (await read(location.origin, '/tournaments', { query: { limit: '1' } })).data[0] ?? null;

async function show(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const match = query.get('match');
  if (match) {
    matchPage(match);
    return;
  }
  const asked = query.get('tournament');
  const tournament = asked ? await tournamentNamed(asked) : ((await tournamentNamed(DEMO)) ?? (await newestTournament()));
  if (tournament) tournamentPage(tournament);
  else {
    showState('waiting');
    byId('main').replaceChildren(asked ? unknownTournament(asked) : nothingYet());
    lookAgain();
  }
}

/** Nothing to follow yet, or nobody answers: the page finds out by itself when that changes. */
function lookAgain(): void {
  setTimeout(start, LOOK_AGAIN_MS * (0.5 + Math.random()));
}

function start(): void {
  show().catch(() => {
    showState('offline');
    lookAgain();
  });
}

const nothingYet = (): HTMLElement =>
  h(
    'section',
    { class: 'empty panel' },
    h('h1', {}, 'No tournament yet'),
    h('p', {}, 'Open one, and it appears here by itself: ', h('code', {}, 'POST /api/v1/tournaments'), ' with an organizer’s token. ', h('a', { href: '/docs' }, 'How, with every field')),
    h('p', { class: 'quiet' }, 'Started with ', h('code', {}, 'DEMO=off'), '? Without it, a demo tournament plays here.'),
  );

const unknownTournament = (id: string): HTMLElement =>
  h('section', { class: 'empty panel' }, h('h1', {}, 'No such tournament'), h('p', {}, 'There is no public tournament ', h('code', {}, id), '. It appears here as soon as there is.'), h('p', {}, h('a', { href: '/' }, 'The newest one')));

start();
