/**
 * `npm run bench:soak`: ten thousand watchers over three instances behind
 * nginx, moving from match to match, while scores are posted to a hundred
 * matches. Nothing may be lost, and memory has to be flat after warm-up.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { api } from '../src/contracts/api.js';
import { Crowds } from './lib/crowds.js';
import { median } from './lib/figures.js';
import { optionsOf } from './lib/options.js';
import { Posters } from './lib/posts.js';
import { header, publish, say, table } from './lib/report.js';
import { onStage } from './lib/stage.js';

const options = optionsOf('bench:soak', { minutes: '10', sockets: '10000', instances: '3', matches: '100', posts: '20', moves: '50' });
const MIB = 2 ** 20;
const SAMPLE_MS = 5_000;

/** Of the last two thirds: the slope of a line through the samples, MiB a minute. */
function slope(samples: readonly number[]): number {
  const kept = samples.slice(Math.floor(samples.length / 3));
  const meanX = (kept.length - 1) / 2;
  const meanY = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const over = kept.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0);
  const under = kept.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  return ((over / under) * (60_000 / SAMPLE_MS)) / MIB;
}

await onStage(async (stage) => {
  const count = options.number('instances');
  const servers = await Promise.all(Array.from({ length: count }, (_, index) => stage.instance(String(index + 1))));
  const nginx = await stage.nginx(servers);
  const cup = await stage.cup(`http://127.0.0.1:${String(nginx.port)}`, options.number('matches'));
  const crowds = new Crowds(2);
  stage.keep(() => crowds.stop());
  say(`${options.text('sockets')} watchers come through nginx`);
  await crowds.gather({ host: '127.0.0.1', port: nginx.port, count: options.number('sockets'), matchIds: cup.matchIds, tokens: [], net: 30, atOnce: 100, back: { ports: [nginx.port], withinMs: 2_000 } });
  const spread = await Promise.all(servers.map((server) => server.metric('grandstand_websocket_connections')));

  const posters = new Posters([nginx.port], await stage.token('bench-admin'), cup.matchIds);
  await crowds.each((crowd) => crowd.call.reset());
  await crowds.each((crowd) => crowd.call.churn(options.number('moves') / 2, cup.matchIds));
  const until = Date.now() + options.number('minutes') * 60_000;
  const samples: number[][] = servers.map(() => []);
  const cpu = servers.map((server) => server.cpu());
  const posting = posters.atRate(options.number('posts'), until);
  for (let at = 0; Date.now() < until; at += 1) {
    servers.forEach((server, index) => samples[index]?.push(server.rss()));
    if (at % 12 === 0) say(`${await crowds.events()} deliveries, RSS ${samples.map((each) => ((each.at(-1) ?? 0) / MIB).toFixed(0)).join(' ')} MiB`);
    await pause(Math.min(SAMPLE_MS, Math.max(0, until - Date.now())));
  }
  await posting;
  await crowds.each((crowd) => crowd.call.stopChurn());
  const minutes = options.number('minutes');
  const cpuShare = servers.map((server, index) => ((server.cpu() - (cpu[index] ?? 0)) / (minutes * 60)) * 100);

  // What every watcher has to stand at: the log itself.
  const rest = await stage.rest(servers[0]?.url ?? '');
  const ends = new Map<string, number>();
  for (const matchId of cup.matchIds) ends.set(matchId, (await rest.call(api.getMatch, { params: { id: matchId } })).seq);
  const behind = async (): Promise<string[]> => Object.entries((await crowds.sheet()).stands).filter(([id, [low, high]]) => low !== ends.get(id) || high !== ends.get(id)).map(([id]) => id);
  for (let look = 0; look < 100 && (await behind()).length > 0; look += 1) await pause(100);
  const [sheet, late] = [await crowds.sheet(), await behind()];
  posters.close();

  const logged = [...ends.values()].reduce((sum, seq) => sum + seq - 1, 0);
  publish(
    'soak',
    [
      ...header('Soak: watchers that come and go behind nginx', options.command),
      `${options.text('sockets')} watchers over ${count} instances behind nginx, all on the same cores with PostgreSQL, Redis, nginx and the load; ${options.text('posts')} posts/s to ${options.text('matches')} matches, ${options.text('moves')} moves/s from one match to another, ${minutes} minutes.`, '',
      ...table(
        ['', ''],
        [
          ['posts accepted / in the log / refused', `${posters.posted.length} / ${logged} / ${posters.failed}`],
          ['deliveries', sheet.events],
          ['moves', sheet.churned],
          ['lost / doubled', `${sheet.gaps} / ${sheet.doubles}`],
          ['matches with a watcher that is not where the log is', late.length],
          ['watchers open at the end', sheet.open],
          ['connections that ended and came back', sheet.returns.length],
          ['p50 / p99 from commit to socket, ms', `${sheet.latencies.quantile(0.5)} / ${sheet.latencies.quantile(0.99)}`],
          ['sockets an instance', spread.join(' / ')],
          ['CPU of an instance, % of a core', cpuShare.map((share) => share.toFixed(0)).join(' / ')],
        ],
      ),
      ...table(
        ['instance', 'RSS at the start, MiB', 'after a third', 'at the end', 'slope of the last two thirds, MiB/minute'],
        samples.map((each, index) => [index + 1, ...[0, Math.floor(each.length / 3), each.length - 1].map((at) => (median(each.slice(at, at + 3)) / MIB).toFixed(0)), slope(each).toFixed(2)]),
      ),
    ],
    options.save,
  );
});
