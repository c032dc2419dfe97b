/**
 * The chaos suite: everything dies, and nothing is lost, doubled or out of
 * order. `npm run test:chaos -- --seed 7 --seconds 120`; the seed decides who
 * dies when, and what the organizers post.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../src/simulator/seeded-random.js';
import { until } from '../arena/until.js';
import { check, type Check } from './checks.js';
import { Crowd } from './crowd-link.js';
import { noFindings } from './crowd-wire.js';
import { INSTANCES, openFleet, type Fleet } from './fleet.js';
import { Ledger, type Failure } from './ledger.js';
import { checkLines, faultLine, recoveryLines, say, writeLines } from './report.js';
import { carryOut, lastEventsUnheard, quiet, type Passed } from './run.js';
import { KINDS, schedule } from './schedule.js';
import { setStage } from './stage.js';
import { readTruth } from './truth.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    seconds: { type: 'string', default: '150' },
    watchers: { type: 'string', default: '300' },
    raws: { type: 'string', default: '20' },
    /** Only these kinds of faults, with commas between them. */
    faults: { type: 'string' },
    folder: { type: 'string' },
    /** Where to write the verdict as JSON. */
    report: { type: 'string' },
  },
});
const folder = resolve(values.folder ?? '.');
const ms = Number(values.seconds) * 1000;
const [watchers, raws] = [Number(values.watchers), Number(values.raws)];
const kinds = values.faults === undefined ? KINDS : KINDS.filter((kind) => values.faults?.split(',').includes(kind));
/** Setting up, the last recoveries and the checks: beyond this it hangs. */
const BOUND_MS = ms + 120_000;
const QUIET_MS = 20_000;
/** After PostgreSQL is back a pool finds its dead connections one by one. */
const AFTERMATH_MS = 3_000;

/**
 * Writes that a rolling restart, a reload or Redis cost. Without PostgreSQL,
 * and when instances are killed under it, a write may have to be repeated; so
 * may one that PostgreSQL had no time for, which is the machine's fault; and a
 * reload closes idle connections, on which a request may be on its way.
 */
function droppedBy(failures: readonly Failure[], passed: readonly Passed[]): string[] {
  const during = (at: number, excuses: readonly Passed[]): boolean => excuses.some(({ from, healed }) => at >= from && at <= healed + AFTERMATH_MS);
  const deadly = passed.filter(({ kind }) => kind.startsWith('postgres') || kind === 'kill');
  const reloads = passed.filter(({ kind }) => kind === 'nginx-reload');
  const excused = ({ at, cause }: Failure): boolean => cause === 'database' || during(at, deadly) || (cause === 'connection' && during(at, reloads));
  return failures.filter((failure) => !excused(failure)).map(({ at, what }) => `${new Date(at).toISOString()} ${what}`);
}

/** What the instances said, outside the folder that is thrown away. */
function keepLogs({ members }: Fleet): string {
  const kept = mkdtempSync(join(tmpdir(), `chaos-logs-${values.seed}-`));
  for (const { instance } of members) writeFileSync(join(kept, `instance-${instance.name}.log`), instance.log.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return kept;
}

async function run(): Promise<Check[]> {
  mkdirSync(folder, { recursive: true });
  const fleet = await openFleet(folder);
  const crowd = new Crowd();
  try {
    const ledger = new Ledger();
    const { cups, organizers, organizerOf } = await setStage(fleet.url, ledger, values.seed);
    // Joins have no crack while scores are posted: everybody comes in the middle of it.
    const over = new AbortController();
    const posting = organizers.map((organizer) => organizer.post(over.signal));
    await crowd.ask('open', { url: fleet.url, direct: fleet.members.map(({ instance }) => instance.url), watchers, raws, cups });
    await until(async () => (await crowd.ask('counts', null)).connected >= watchers + raws / 2, 30_000, 'the crowd to be seated');

    const begun = Date.now();
    const passed = await carryOut(schedule(new SeededRandom(values.seed, 'schedule'), { ms, instances: INSTANCES, kinds }), { fleet, crowd, ledger, say: (fault) => say(faultLine(fault, begun)) });
    over.abort();
    await Promise.all(posting);
    await lastEventsUnheard(fleet, () => Promise.all(cups.map(({ id }) => organizerOf(id).endAll())));

    await crowd.ask('stay', null);
    const ended = Date.now();
    const { rows } = await readTruth(fleet.databaseUrl);
    const ofCups = Object.fromEntries(cups.map(({ id }) => [id, rows.filter((row) => row.tournamentId === id && row.seq > 0).map((row) => row.id)]));
    const behind = await quiet(crowd, ledger, ofCups, QUIET_MS);
    say(`${((ended - begun) / 1000).toFixed(1).padStart(6)} s  all matches ended while Redis was stopped; ${behind.length === 0 ? `everybody knew after ${Date.now() - ended} ms` : `${behind.length} are behind`}`);
    const truth = await readTruth(fleet.databaseUrl);
    const findings = { ...noFindings(), ...(await crowd.ask('verify', truth)) };
    const unrecovered = passed.filter(({ missing }) => missing > 0).map(({ name, missing }) => `${name}: ${missing} spectators`);
    const checks = await check({ fleet, crowd, ledger, truth, findings, behind, unrecovered, dropped: droppedBy(ledger.failures, passed) });
    if (checks.some(({ against }) => against.length > 0)) say(`Logs of the instances: ${keepLogs(fleet)}`);
    say(['', ...recoveryLines(passed), ...writeLines(ledger), '', ...checkLines(checks)].join('\n'));
    return checks;
  } finally {
    crowd.close();
    await fleet.close();
  }
}

say(`Chaos with seed ${values.seed} for ${values.seconds} s: ${INSTANCES} instances, ${watchers} watchers, ${raws} raw sockets`);
const watchdog = setTimeout(() => {
  say(`FAILED: not over after ${BOUND_MS / 1000} s`);
  process.exit(1);
}, BOUND_MS);
const again = `Again: npm run test:chaos -- --seed ${values.seed} --seconds ${values.seconds}`;
const checks = await run().catch((error: unknown) => {
  say(`FAILED: the suite could not go on. ${again}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
});
clearTimeout(watchdog);
const failed = checks.filter(({ against }) => against.length > 0);
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify({ seed: values.seed, passed: checks.length - failed.length, failed: failed.length, failures: failed }));
say(`\n${failed.length === 0 ? 'Nothing lost, nothing twice, in order' : 'BROKEN'} (${checks.length - failed.length} checks passed, ${failed.length} failed). ${again}`);
process.exit(failed.length === 0 ? 0 : 1);
