/**
 * `npm run bench:rooms`: one very large room on one instance (how late its
 * event loop runs while it emits, each socket each event once), and a room in
 * which a thousand sockets have stopped reading (what that costs the instance
 * and the others).
 *
 * A WebSocket is a file at both ends. Sockets that are wanted beyond what the
 * machine lets the instance open are on long-polling, and share connections.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { api } from '../src/contracts/api.js';
import { matchRoom } from '../src/contracts/room.js';
import { forkCalls } from './lib/calls.js';
import { Crowds, type Sum } from './lib/crowds.js';
import type { Driver } from './lib/driver-process.js';
import type { LoopDelay } from './lib/loop-delay.js';
import type { Polling } from './lib/polling-process.js';
import { optionsOf } from './lib/options.js';
import { openFilesMax, pin } from './lib/proc.js';
import { header, publish, say, table } from './lib/report.js';
import { onStage, type Stage } from './lib/stage.js';
import type { Server } from './lib/server.js';

const options = optionsOf('bench:rooms', { sockets: '20000', events: '60', rate: '2', stuck: '1000', others: '1000', seconds: '60', bytes: '210,7000', parts: 'big,stuck' });
const SERVER_CORE = 0;
const CLIENT_CORE = 1;
/** What an instance has open besides its sockets. */
const SPARE_FILES = 300;
/** Shared by all sessions on long-polling. */
const POLL_CONNECTIONS = 50;
/** At which an idle room hears from the instance, so that polls come back. */
const HEARTBEAT_MS = 5_000;
const MIB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'grandstand-loop-'));
const preload = fileURLToPath(new URL('./lib/loop-delay.js', import.meta.url));

async function measured(stage: Stage, name: string, env: Record<string, string> = {}): Promise<{ server: Server; delay: () => Promise<LoopDelay> }> {
  const path = join(folder, name);
  const server = await stage.instance(name, { core: SERVER_CORE, nodeArgs: ['--import', preload], env: { BENCH_LOOP_DELAY: path, ...env } });
  return {
    server,
    delay: async () => {
      rmSync(path, { force: true });
      server.signal('SIGUSR2');
      for (let look = 0; look < 200; look += 1) {
        await pause(25);
        try {
          return JSON.parse(readFileSync(path, 'utf8')) as LoopDelay;
        } catch {
          // Not written yet, or not whole.
        }
      }
      throw new Error('the instance did not say how late its loop runs');
    },
  };
}

/** Sends events and waits until the sockets that read have them, or until 20 s are over. */
async function send(stage: Stage, crowds: Crowds, given: { tournamentId: string; matchId: string; perSecond: number; seconds: number; bytes: number; readers: number; start: number }): Promise<Sum & { sent: number; expected: number }> {
  const driver = forkCalls<Driver>('driver-process', CLIENT_CORE);
  await crowds.each((crowd) => crowd.call.reset());
  await driver.call.restart(given.start);
  const { sent } = await driver.call.drive({ redisUrl: stage.redis.url, side: 'ours', tournamentId: given.tournamentId, matchIds: [given.matchId], perSecond: given.perSecond, seconds: given.seconds, bytes: given.bytes });
  const expected = sent * given.readers;
  for (let look = 0; look < 200 && (await crowds.events()) < expected; look += 1) await pause(100);
  await driver.stop();
  return { ...(await crowds.sheet()), sent, expected };
}

async function bigRoom(stage: Stage): Promise<string[]> {
  const wanted = options.number('sockets');
  const files = openFilesMax() - SPARE_FILES;
  const webSockets = wanted <= files ? wanted : files - POLL_CONNECTIONS;
  const polled = wanted - webSockets;
  const { server, delay } = await measured(stage, 'big');
  const cup = await stage.cup(server.url, 1);
  const matchId = cup.matchIds[0] ?? '';
  const crowds = new Crowds(Math.ceil(webSockets / 10_000), CLIENT_CORE);
  const polling = forkCalls<Polling>('polling-process', CLIENT_CORE);
  try {
    say(`${webSockets} WebSockets and ${polled} sessions on long-polling join one room`);
    await crowds.gather({ host: '127.0.0.1', port: server.port, count: webSockets, matchIds: [matchId], tokens: [], net: 10, atOnce: 100 });
    await polling.call.gather({ host: '127.0.0.1', port: server.port, from: '127.0.30.1', count: polled, matchId, connections: POLL_CONNECTIONS });
    await pause(3_000);
    await delay();
    // With the events longer than a ping and its timeout: a session that missed its turn would be gone.
    await pause(25_000);
    const idle = await delay();
    const { rooms } = await (await stage.rest(server.url)).call(api.websocketStats);
    const inRoom = rooms.find(({ room }) => room === matchRoom(matchId))?.connections ?? 0;
    say(`${inRoom} sockets are in the room; events`);
    const [perSecond, seconds] = [options.number('rate'), options.number('events') / options.number('rate')];
    await polling.call.reset();
    const sum = await send(stage, crowds, { tournamentId: cup.tournamentId, matchId, perSecond, seconds, bytes: 210, readers: webSockets, start: 1 });
    const busy = await delay();
    const expected = sum.sent * polled;
    for (let look = 0; look < 200 && (await polling.call.events()) < expected; look += 1) await pause(100);
    // What came twice would come now.
    await pause(HEARTBEAT_MS + 1_000);
    const [after, turns] = [await crowds.sheet(), await polling.call.sheet()];
    const [low, high] = after.stands[matchId] ?? [0, 0];
    const row = (name: string, count: number, sheet: { open: number; events: number; gaps: number; doubles: number }, [lowest, highest]: [number, number]): (string | number)[] => [name, count, sheet.open, `${sheet.events} of ${sum.sent * count}`, sheet.gaps, sheet.doubles, `${lowest} to ${highest}`];
    return [
      '## One large room', '',
      `${wanted} sockets join one room on one instance, which then counts ${inRoom} in it, in ${1 + server.logged('room_sharded')} shards; ${options.text('events')} events at ${perSecond}/s. The loop's delay is Node's monitorEventLoopDelay inside the instance.`, '',
      ...table(
        ['', 'p50', 'p99', 'max'],
        [
          ['event loop delay, no events, ms', idle.p50.toFixed(1), idle.p99.toFixed(1), idle.max.toFixed(1)],
          ['event loop delay while emitting, ms', busy.p50.toFixed(1), busy.p99.toFixed(1), busy.max.toFixed(1)],
          ['from the event\'s instant to the WebSocket, ms', sum.latencies.quantile(0.5), sum.latencies.quantile(0.99), sum.latencies.quantile(1)],
        ],
      ),
      ...(polled > 0 ? [`This machine lets a process have ${openFilesMax()} files: ${polled} of the sockets are sessions on long-polling, which take turns on ${POLL_CONNECTIONS} connections.`, ''] : []),
      ...table(
        ['', 'sockets', 'open at the end', 'deliveries', 'lost', 'doubled', 'last seq'],
        [row('WebSocket', webSockets, after, [low, high]), ...(polled > 0 ? [row('long-polling', polled, turns, turns.stands)] : [])],
      ),
    ];
  } finally {
    await Promise.all([crowds.stop(), polling.stop()]);
    await server.stop();
  }
}

async function stuckReaders(stage: Stage, bytes: number): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const stuck of [0, options.number('stuck')]) {
    const { server } = await measured(stage, `stuck-${bytes}-${stuck}`, { SLOW_READER_CLOSE_MS: '3600000' });
    const cup = await stage.cup(server.url, 1);
    const matchId = cup.matchIds[0] ?? '';
    const [readers, sleepers] = [new Crowds(1, CLIENT_CORE), new Crowds(1, CLIENT_CORE)];
    try {
      const place = { host: '127.0.0.1', port: server.port, matchIds: [matchId], tokens: [], atOnce: 50 };
      const others = options.number('others');
      await readers.gather({ ...place, count: others, net: 20 });
      if (stuck > 0) await sleepers.gather({ ...place, count: stuck, net: 21 });
      await sleepers.each((crowd) => crowd.call.freeze(stuck));
      const given = { tournamentId: cup.tournamentId, matchId, perSecond: 20, bytes, readers: others };
      await send(stage, readers, { ...given, seconds: 5, start: 1 });
      const rss = server.rss();
      let peak = rss;
      const watch = setInterval(() => (peak = Math.max(peak, server.rss())), 500);
      const sum = await send(stage, readers, { ...given, seconds: options.number('seconds'), start: 101 });
      clearInterval(watch);
      const resyncs = await server.metric('grandstand_slow_reader_resyncs_total');
      say(`${bytes} bytes, ${stuck} stuck: +${((peak - rss) / MIB).toFixed(0)} MiB, p99 ${sum.latencies.quantile(0.99)} ms`);
      rows.push([bytes, stuck, others, `${((peak - rss) / MIB).toFixed(0)} MiB`, `${((stuck * 256 * 1024) / MIB).toFixed(0)} MiB`, resyncs, sum.latencies.quantile(0.5), sum.latencies.quantile(0.99), `${sum.events} / ${sum.expected}`]);
    } finally {
      await Promise.all([readers.stop(), sleepers.stop()]);
      await server.stop();
    }
  }
  return rows;
}

await onStage(async (stage) => {
  for (const part of [stage.postgres, stage.redis]) pin(part.pid, CLIENT_CORE);
  const lines = header('Large rooms and stuck sockets', options.command);
  if (options.text('parts').includes('big')) lines.push(...(await bigRoom(stage)));
  if (options.text('parts').includes('stuck')) {
    const rows: (string | number)[][] = [];
    for (const bytes of options.numbers('bytes')) rows.push(...(await stuckReaders(stage, bytes)));
    lines.push(
      '## Sockets that stopped reading', '',
      `20 events/s for ${options.text('seconds')} s to one room; stuck sockets do not read from their TCP connection. At 210 bytes a minute of events (252 KB) about fits what the kernel holds for a socket; at 7,000 it does not. Growth: the highest RSS of the minute over what it was before.`, '',
      ...table(['event bytes', 'stuck', 'others', 'growth', 'budget', 'taken out of the stream', 'others\' p50, ms', 'others\' p99, ms', 'others\' deliveries'], rows),
    );
  }
  publish('rooms', lines, options.save);
});
rmSync(folder, { recursive: true, force: true });
