/** The demo: a tournament that plays itself against a running server, until it is told to stop. */
import { setTimeout as wait } from 'node:timers/promises';
import { RestClient } from '../contracts/rest-client.js';
import { PatientClient } from '../tools/patience.js';
import { say, warn } from '../tools/terminal.js';
import { readToolEnv, tokenFor } from '../tools/tool-env.js';
import { explain } from '../tools/tool-run.js';
import { Poster } from './poster.js';
import { Show } from './show.js';

const LONGEST_PAUSE_MS = 5_000;
const SAY_AGAIN_AFTER_MS = 60_000;
/** So many refusals in a row mean that the ground is gone (an emptied database): everything is entered anew. */
const REFUSALS_BEFORE_ANEW = 3;

async function run(signal: AbortSignal): Promise<void> {
  const env = readToolEnv();
  let saidAt = -Infinity;
  const patience = {
    giveUpAfterMs: Infinity,
    longestPauseMs: LONGEST_PAUSE_MS,
    signal,
    onPause: (reason: string) => {
      if (Date.now() - saidAt < SAY_AGAIN_AFTER_MS) return;
      saidAt = Date.now();
      warn(`demo: waiting for the server (${reason})`);
    },
  };
  const client = new PatientClient(new RestClient(env.url, await tokenFor(undefined, env)), patience);
  const poster = new Poster(client, () => new Date(), (line) => warn(`demo: ${line}`));
  for (;;) {
    const show = await open(poster, env.demoSeed);
    await play(show, poster, env.demoSpeed, signal);
    await wait(LONGEST_PAUSE_MS, undefined, { signal });
  }
}

async function open(poster: Poster, seed: string): Promise<Show> {
  await poster.enterCast();
  const { run, unfinished } = await poster.lookAround();
  const show = new Show(seed, run, unfinished);
  const going = new Set(show.playing.map(({ id }) => id));
  await poster.putAway(unfinished.filter(({ id }) => !going.has(id)));
  say(`demo: run ${String(run)}${going.size > 0 ? `, going on with ${String(going.size)} matches` : ''}`);
  return show;
}

/** Until too much is refused. */
async function play(show: Show, poster: Poster, speed: number, signal: AbortSignal): Promise<void> {
  for (let refusals = 0; refusals < REFUSALS_BEFORE_ANEW; ) {
    const action = show.next();
    const outcome = await poster.perform(action);
    if (outcome === 'done') {
      refusals = 0;
      show.performed(action);
    } else if (outcome === 'refused') {
      refusals += 1;
      show.drop(action.playing);
    }
    const pauseMs = outcome === 'done' ? action.pauseMs / speed : Math.max(action.pauseMs / speed, 1_000);
    if (pauseMs > 0) await wait(pauseMs, undefined, { signal });
  }
}

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());

await run(stop.signal).catch((error: unknown) => {
  // At once: connections kept alive for a next request would hold the process for seconds.
  if (stop.signal.aborted) process.exit(0);
  warn(`demo: ${explain(error, '')}`);
  process.exitCode = 1;
});
