/**
 * `npm run bench:fanout`: one event to many sockets, by a Grandstand instance
 * with everything on and by bare Socket.IO with its Redis adapter: the same
 * event, rooms and clients, in turn, the server alone on one core.
 *
 * Events come through Redis, as from another instance. They are not in
 * PostgreSQL, which is not what is measured; the instance still looks into its
 * log every second and finds it behind what it has heard.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Crowd } from './lib/crowd-process.js';
import type { Driver } from './lib/driver-process.js';
import { forkCalls, type Forked } from './lib/calls.js';
import { Latencies, median } from './lib/figures.js';
import { optionsOf } from './lib/options.js';
import { cpuSeconds, pin } from './lib/proc.js';
import { header, publish, say, table } from './lib/report.js';
import { onStage, type Cup, type Stage } from './lib/stage.js';
import type { Server } from './lib/server.js';

type Side = 'ours' | 'bare';
const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const P99_MAX_MS = 250;

const options = optionsOf('bench:fanout', { sockets: '2000,10000', pairs: '3', bytes: '210', seconds: '6', moderate: '20000', offered: '120000', rooms: '1', tokens: '0', lean: 'on', search: 'on', settle: '16', sides: 'bare,ours', profile: '' });

const SIDES = options.text('sides').split(',') as Side[];
/** A folder for V8's profiles of our instance: for finding out, not for figures. */
const profile = options.text('profile') === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.text('profile')}`];

interface Trial {
  perSecond: number;
  /** Events a second that the driver got out, and how late the latest was: what was really offered. */
  offered: number;
  lateMs: number;
  deliveries: number;
  expected: number;
  p50: number;
  p99: number;
  /** Server CPU, microseconds a delivery. */
  cpu: number;
  /** Share of its core that the server and the crowd used. */
  busy: number;
  crowdBusy: number;
  wrong: number;
}
interface Run {
  connectCpu: number;
  rss: number;
  rssAfter: number;
  moderate: Trial;
  /** More offered than a core carries one by one: what a second of CPU is good for, also on a machine that is not alone. */
  saturated: Trial;
  best: Trial | undefined;
}

class Bout {
  constructor(
    private readonly side: Side,
    private readonly server: Server,
    private readonly cup: Cup,
    private readonly crowd: Forked<Crowd>,
    private readonly driver: Forked<Driver>,
    private readonly stage: Stage,
    private readonly sockets: number,
  ) {}

  private get matchIds(): string[] {
    return this.cup.matchIds.slice(0, options.number('rooms'));
  }

  async run(tokens: string[]): Promise<Run> {
    const gathering = { host: '127.0.0.1', port: this.server.port, matchIds: this.matchIds, atOnce: 100 };
    // Code and heap as they are in a server that has been at work.
    await this.crowd.call.gather({ ...gathering, tokens: tokens.slice(0, 50), count: 500, net: 1 });
    await this.crowd.call.scatter();
    await pause(1_500);
    const [cpu, rss] = [this.server.cpu(), this.server.rss()];
    await this.crowd.call.gather({ ...gathering, tokens, count: this.sockets, net: 2 });
    const connectCpu = ((this.server.cpu() - cpu) * 1e6) / this.sockets;
    // Until the room has been told how many it is (SELDOM_MS in viewer-counts.ts): an instance with a crowd, not one that gets it.
    await pause(options.number('settle') * 1000);
    const perSocket = (this.server.rss() - rss) / this.sockets / 1024;
    await this.driver.call.restart(1);
    const perEvent = this.sockets / this.matchIds.length;
    await this.trial(options.number('moderate') / perEvent, 2);
    const moderate = await this.trial(options.number('moderate') / perEvent, options.number('seconds'));
    say(`${this.side}: connect ${connectCpu.toFixed(0)} µs, RSS ${perSocket.toFixed(1)} KB, ${line(moderate)}`);
    const saturated = await this.trial(options.number('offered') / perEvent, 2);
    say(`${this.side}: with ${options.text('offered')}/s offered, ${line(saturated)}`);
    const best = options.text('search') === 'on' ? await this.highest(perEvent) : undefined;
    const rssAfter = (this.server.rss() - rss) / this.sockets / 1024;
    await this.crowd.call.scatter();
    return { connectCpu, rss: perSocket, rssAfter, moderate, saturated, best };
  }

  /** The highest rate that keeps p99 below the bound: up in steps, then between the last two. */
  private async highest(perEvent: number): Promise<Trial> {
    let best: Trial | undefined;
    let low = (options.number('moderate') * 1.5) / perEvent;
    let high = Infinity;
    for (let tries = 0; tries < 9 && (high === Infinity || high / low > 1.08); tries += 1) {
      const rate = high === Infinity ? (best ? low * 1.35 : low) : Math.sqrt(low * high);
      let trial = await this.trial(rate, options.number('seconds'));
      const isKept = (): boolean => trial.p99 < P99_MAX_MS && trial.deliveries === trial.expected;
      // Once more: a machine that stands still for a moment is not the server's limit.
      if (!isKept()) trial = await this.trial(rate, options.number('seconds'));
      const kept = isKept();
      say(`  ${this.side} at ${rate.toFixed(1)} events/s: ${line(trial)} ${kept ? 'kept' : 'too much'}`);
      if (kept) [best, low] = [trial, rate];
      else {
        high = rate;
        if (!best) low = rate / 1.5;
      }
      await pause(500);
    }
    return best ?? this.trial(low, options.number('seconds'));
  }

  private async trial(perSecond: number, seconds: number): Promise<Trial> {
    const { crowd, driver, server, cup, matchIds } = this;
    await crowd.call.reset();
    const [cpu, crowdCpu, begun] = [server.cpu(), cpuSeconds(crowd.pid), performance.now()];
    const { sent, perSecond: offered, lateMs, answerMs } = await driver.call.drive({ redisUrl: this.stage.redis.url, side: this.side, tournamentId: cup.tournamentId, matchIds, perSecond, seconds, bytes: options.number('bytes') });
    const expected = (sent * this.sockets) / matchIds.length;
    for (let look = 0; look < 600 && (await crowd.call.events()) < expected; look += 1) await pause(50);
    const took = (performance.now() - begun) / 1000;
    const used = server.cpu() - cpu;
    const sheet = await crowd.call.sheet();
    const latencies = new Latencies(sheet.latencies);
    return {
      perSecond, offered, lateMs: Math.max(lateMs, answerMs), deliveries: sheet.events, expected, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99),
      cpu: (used * 1e6) / sheet.events, busy: used / took, crowdBusy: (cpuSeconds(crowd.pid) - crowdCpu) / took, wrong: sheet.gaps + sheet.doubles,
    };
  }
}

const line = (trial: Trial): string =>
  `${trial.deliveries}/${trial.expected} deliveries, ${trial.cpu.toFixed(2)} µs each, p50 ${trial.p50} p99 ${trial.p99} ms, ${trial.offered.toFixed(1)} events/s offered, at most ${trial.lateMs.toFixed(0)} ms late, server ${(trial.busy * 100).toFixed(0)}% crowd ${(trial.crowdBusy * 100).toFixed(0)}%${trial.wrong > 0 ? `, ${trial.wrong} WRONG` : ''}`;

async function bout(stage: Stage, cup: Cup, side: Side, sockets: number, tokens: string[]): Promise<Run> {
  const server = side === 'ours' ? await stage.instance('1', { core: SERVER_CORE, nodeArgs: profile, env: { LEAN_BROADCAST: options.text('lean') } }) : await stage.bare(SERVER_CORE);
  const crowd = forkCalls<Crowd>('crowd-process', CLIENT_CORE);
  const driver = forkCalls<Driver>('driver-process', CLIENT_CORE);
  try {
    return await new Bout(side, server, cup, crowd, driver, stage, sockets).run(side === 'ours' ? tokens : []);
  } finally {
    await Promise.all([crowd.stop(), driver.stop(), server.stop()]);
  }
}

const FIGURES: [string, string, (run: Run) => number, number][] = [
  ['CPU a delivery, moderate rate', 'µs', (run) => run.moderate.cpu, 2],
  ['p50 at the moderate rate', 'ms', (run) => run.moderate.p50, 0],
  ['p99 at the moderate rate', 'ms', (run) => run.moderate.p99, 0],
  [`CPU a delivery, ${options.text('offered')}/s offered`, 'µs', (run) => run.saturated.cpu, 2],
  ['deliveries a second of server CPU, so offered', '', (run) => 1e6 / run.saturated.cpu, 0],
  ['deliveries/s, the most with p99 < 250 ms', '', (run) => (run.best ? (run.best.perSecond * run.best.expected) / Math.max(1, Math.round(run.best.perSecond * options.number('seconds'))) : Number.NaN), 0],
  ['CPU a delivery, at that rate', 'µs', (run) => run.best?.cpu ?? Number.NaN, 2],
  ['p99 at that rate', 'ms', (run) => run.best?.p99 ?? Number.NaN, 0],
  ['crowd\'s core busy at that rate', '%', (run) => (run.best?.crowdBusy ?? Number.NaN) * 100, 0],
  ['connect and join, CPU', 'µs', (run) => run.connectCpu, 0],
  ['RSS a connection', 'KB', (run) => run.rss, 1],
  ['RSS a connection, after the load', 'KB', (run) => run.rssAfter, 1],
  ['events lost or doubled', '', (run) => run.moderate.wrong + run.saturated.wrong + (run.best?.wrong ?? 0), 0],
];

await onStage(async (stage) => {
  for (const part of [stage.postgres, stage.redis]) pin(part.pid, CLIENT_CORE);
  const first = await stage.instance('setup');
  const cup = await stage.cup(first.url, options.number('rooms'));
  await first.stop();
  const tokens: string[] = await Promise.all(Array.from({ length: options.number('tokens') }, (_, index) => stage.token(`fan-${index}`, 'PLAYER')));
  const lines = header('Fan-out: Grandstand and bare Socket.IO', options.command);
  lines.push(`One event of ${options.text('bytes')} bytes to all sockets of ${options.text('rooms')} room(s), WebSocket, server on core ${SERVER_CORE}, clients, Redis and PostgreSQL on core ${CLIENT_CORE}. Moderate: ${options.text('moderate')} deliveries/s. Medians of ${options.text('pairs')} pairs, in turn.`, '');
  for (const sockets of options.numbers('sockets')) {
    const runs: Record<Side, Run[]> = { bare: [], ours: [] };
    for (let pair = 1; pair <= options.number('pairs'); pair += 1) {
      for (const side of pair % 2 === 1 ? SIDES : [...SIDES].reverse()) {
        say(`${sockets} sockets, pair ${pair}: ${side}`);
        runs[side].push(await bout(stage, cup, side, sockets, tokens));
      }
    }
    const shown = FIGURES.filter(([, , of]) => SIDES.some((side) => runs[side].some((run) => !Number.isNaN(of(run)))));
    const rows = shown.map(([name, unit, of, digits]) => {
      const [ours, bare] = [median(runs.ours.map(of)), median(runs.bare.map(of))];
      const each = (side: Side): string => runs[side].map((run) => of(run).toFixed(digits)).join(' / ');
      return [name, `${bare.toFixed(digits)} ${unit}`, `${ours.toFixed(digits)} ${unit}`, bare === 0 ? '' : (ours / bare).toFixed(2), `${each('bare')} : ${each('ours')}`];
    });
    lines.push(`## ${sockets} sockets`, '', ...table(['', 'bare Socket.IO', 'Grandstand', 'ours / bare', 'runs (bare : ours)'], rows));
  }
  publish('fanout', lines, options.save);
});
