/** One run: the schedule is carried out, each fault's recovery is measured, and then everything is made well again. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../arena/until.js';
import type { Crowd } from './crowd-link.js';
import { inject } from './faults.js';
import type { Fleet } from './fleet.js';
import type { Ledger } from './ledger.js';
import type { Recovery } from './sightings.js';
import { nameOf, type FaultKind, type Planned } from './schedule.js';

/** A fault as it went. Unix milliseconds. */
export interface Passed {
  kind: FaultKind;
  name: string;
  from: number;
  /** When everything it took away was back. */
  healed: number;
  /** Of each spectator that was live and whose matches went on. */
  recoveries: Recovery[];
  /** How many never had it within the bound. */
  missing: number;
}

const RECOVER_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/** Resolves when every spectator that is live, and whose matches went on, has the next event. */
async function recovered(since: number, healing: Promise<void>, crowd: Crowd, ledger: Ledger): Promise<Pick<Passed, 'recoveries' | 'missing'>> {
  const deadline = Date.now() + RECOVER_WITHIN_MS;
  const healed = { yet: false };
  void healing.then(() => (healed.yet = true));
  for (;;) {
    await pause(LOOK_MS);
    const took = await crowd.ask('recovery', { since, next: ledger.next(since) });
    const recoveries = took.filter((recovery) => recovery !== null);
    const missing = took.length - recoveries.length;
    if ((healed.yet && recoveries.length > 0 && missing === 0) || Date.now() > deadline) return { recoveries, missing };
  }
}

export async function carryOut(planned: readonly Planned[], { fleet, crowd, ledger, say }: { fleet: Fleet; crowd: Crowd; ledger: Ledger; say: (passed: Passed) => void }): Promise<Passed[]> {
  const begun = Date.now();
  const all = planned.map(async ({ at, fault }) => {
    await pause(Math.max(0, begun + at - Date.now()));
    const from = Date.now();
    let healed = 0;
    const healing = inject(fault, fleet, crowd).then(() => {
      healed = Date.now();
    });
    const [, result] = await Promise.all([healing, recovered(from, healing, crowd, ledger)]);
    const passed: Passed = { kind: fault.kind, name: nameOf(fault), from, healed, ...result };
    say(passed);
    return passed;
  });
  return Promise.all(all);
}

/**
 * The last events of all matches are posted while Redis is stopped, to
 * instances chosen by nginx: no later event will show that they are missing.
 */
export async function lastEventsUnheard(fleet: Fleet, post: () => Promise<unknown>): Promise<void> {
  await fleet.redisTurns.take(async () => {
    await fleet.redis.stop();
    await post();
    await fleet.redis.restart();
  });
}

/** Who is not at the log's end after the bound; empty: everybody is. */
export async function quiet(crowd: Crowd, ledger: Ledger, ofCups: Record<string, string[]>, withinMs: number): Promise<string[]> {
  const ends = ledger.ends();
  let behind: string[] = [];
  await until(async () => (behind = await crowd.ask('behind', { ends, ofCups })).length === 0, withinMs, 'everybody to be at the end of the log').catch(() => undefined);
  return behind;
}
