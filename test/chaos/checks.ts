/** What has to hold when everything is quiet again. Each check has a name, and what speaks against it. */
import { WebsocketStats } from '../../src/contracts/monitoring.js';
import { API_PREFIX } from '../../src/contracts/api.js';
import { until } from '../arena/until.js';
import type { Crowd } from './crowd-link.js';
import type { Findings } from './crowd-wire.js';
import { INSTANCES, POOLS, type Fleet } from './fleet.js';
import { gapsOf, type Ledger } from './ledger.js';
import { connectionStates, type Truth } from './truth.js';

export interface Check {
  name: string;
  /** Empty: it holds. */
  against: string[];
}

/** Time for counts and pools to settle. */
const SETTLE_MS = 15_000;
/** Each instance asks on one connection and listens on another. */
const REDIS_CLIENTS_EACH = 2;

/** Waits until `wrong` is empty; what it still is after the bound. */
async function settled(wrong: () => Promise<string[]>): Promise<string[]> {
  let last: string[] = [];
  const good = until(async () => (last = await wrong().catch((error: unknown) => [String(error)])).length === 0, SETTLE_MS, 'settled');
  return good.then(() => [], () => last);
}

async function countsAreWrong(fleet: Fleet, crowd: Crowd): Promise<string[]> {
  const { connected, rooms } = await crowd.ask('counts', null);
  const told = await Promise.all(
    [fleet.url, ...fleet.members.map(({ instance }) => instance.url)].map(async (url) => ({ url, stats: WebsocketStats.parse(await (await fetch(`${url}${API_PREFIX}/monitoring/websocket/stats`)).json()) })),
  );
  return told.flatMap(({ url, stats }) => {
    const wrong = stats.totalConnections === connected ? [] : [`${url} counts ${stats.totalConnections} connections, ${connected} are open`];
    const named = new Map(stats.rooms.map(({ room, connections }) => [room, connections]));
    for (const [room, count] of Object.entries(rooms)) if (named.get(room) !== count) wrong.push(`${url} counts ${named.get(room) ?? 0} in ${room}, ${count} are`);
    for (const room of named.keys()) if (rooms[room] === undefined) wrong.push(`${url} counts ${named.get(room) ?? 0} in ${room}, nobody is`);
    return wrong;
  });
}

async function postgresIsLeaked(fleet: Fleet): Promise<string[]> {
  const states = await connectionStates(fleet.databaseUrl);
  const total = [...states.values()].reduce((sum, count) => sum + count, 0);
  const wrong = total <= INSTANCES * POOLS ? [] : [`${total} connections, the pools may have ${INSTANCES * POOLS}`];
  for (const [state, count] of states) if (state.startsWith('idle in transaction')) wrong.push(`${count} connections are ${state}`);
  for (const { instance } of fleet.members) {
    const metrics = await (await fetch(`${instance.url}/metrics`)).text();
    const pool = (state: string): number => Number(new RegExp(`^grandstand_database_connections\\{[^}]*state="${state}"[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
    const [all, idle, waiting] = [pool('total'), pool('idle'), pool('waiting')];
    // The scrape itself asks nothing of PostgreSQL; the log tail has one connection for a moment, each second.
    if (!(all - idle === 0 && waiting === 0)) wrong.push(`instance ${instance.name}: of ${all} connections ${idle} are idle, ${waiting} wait`);
  }
  return wrong;
}

async function redisIsLeaked(fleet: Fleet): Promise<string[]> {
  const clients = String(await fleet.askRedis('CLIENT', 'LIST')).trim().split('\n').length - 1;
  return clients === INSTANCES * REDIS_CLIENTS_EACH ? [] : [`Redis has ${clients} clients besides ours, ${INSTANCES} instances have ${INSTANCES * REDIS_CLIENTS_EACH}`];
}

function logTrouble(fleet: Fleet): string[] {
  return fleet.members.flatMap(({ instance }) =>
    instance.log.filter(({ event, level }) => event === 'unhandled_rejection' || level === 'fatal').map((line) => `instance ${instance.name}: ${JSON.stringify(line)}`),
  );
}

export interface Evidence {
  fleet: Fleet;
  crowd: Crowd;
  ledger: Ledger;
  truth: Truth;
  findings: Findings;
  /** Who was not at the log's end in time. */
  behind: string[];
  /** Faults after which somebody never had the next event. */
  unrecovered: string[];
  /** Writes that had to be repeated although nothing they need was away. */
  dropped: string[];
}

export async function check({ fleet, crowd, ledger, truth, findings, behind, unrecovered, dropped }: Evidence): Promise<Check[]> {
  return [
    { name: 'every 2xx is in the log, once, as it was answered, and nothing else is', against: ledger.compare(truth.logs) },
    { name: 'every log goes 1, 2, 3, … and ends where its match stands', against: gapsOf(truth.logs, truth.rows) },
    { name: 'no write was answered with something nobody should see', against: ledger.wrong },
    { name: 'a rolling restart, a reload and Redis cost no request', against: dropped },
    { name: 'after every fault each live watcher had the next event', against: unrecovered },
    { name: 'everybody was at the end of the log within 20 s of quiet', against: behind },
    { name: "every watcher's list is the log of its matches", against: findings.watcherLists },
    { name: "every watcher's snapshot is the row in the database", against: findings.watcherStates },
    { name: 'no watcher started over, was refused or threw', against: findings.watcherTrouble },
    { name: 'each connection brought a raw socket every event once, in order, without a hole', against: findings.rawStreams },
    { name: "each join's answer went on where the raw socket was", against: findings.rawJoins },
    { name: "every raw socket's list is the log", against: findings.rawLists },
    { name: 'every instance counts the sockets that are open', against: await settled(() => countsAreWrong(fleet, crowd)) },
    { name: 'no connection to PostgreSQL was leaked', against: await settled(() => postgresIsLeaked(fleet)) },
    { name: 'no connection to Redis was leaked', against: await settled(() => redisIsLeaked(fleet)) },
    { name: 'no instance logged a fatal error or an unhandled rejection', against: logTrouble(fleet) },
    { name: 'no instance ended that was not told to', against: fleet.members.flatMap(({ sudden }) => sudden) },
  ];
}
