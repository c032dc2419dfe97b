/**
 * `npm run bench:storm`: an instance that holds ten thousand sockets is killed;
 * all of them come back to the others at once, with their cursors, while scores
 * are being posted. How long until the last is live, and what it cost. With
 * `--nginx on` they come back, and the scores are posted, through nginx, which
 * has the dead instance among its own and has to find that out by itself.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Crowds } from './lib/crowds.js';
import { median, quantile } from './lib/figures.js';
import { optionsOf } from './lib/options.js';
import { Posters } from './lib/posts.js';
import { header, publish, say, table } from './lib/report.js';
import { onStage } from './lib/stage.js';

const options = optionsOf('bench:storm', { sockets: '10000', instances: '3', matches: '1', posts: '5', within: '1000', rounds: '3', nginx: 'off' });

const throughNginx = options.onOff('nginx');

interface Round {
  tried: number;
  p10: number;
  last: number;
  p50: number;
  p99: number;
  reads: number;
  joins: number;
  cpu: number;
  retries: number;
  wrong: number;
  open: number;
  posted: number;
  refused: number;
}

async function round(turn: number): Promise<Round> {
  let result: Round | undefined;
  await onStage(async (stage) => {
    const [victim, ...others] = await Promise.all(Array.from({ length: options.number('instances') }, (_, index) => stage.instance(String(index + 1))));
    if (!victim) throw new Error('a storm needs instances');
    // Which ports the sockets come back to, and the posts go to.
    const ports = throughNginx ? [(await stage.nginx([victim, ...others])).port] : others.map((server) => server.port);
    const cup = await stage.cup(victim.url, options.number('matches'));
    const crowds = new Crowds(1);
    stage.keep(() => crowds.stop());
    const sockets = options.number('sockets');
    say(`round ${turn}: ${sockets} sockets come to one instance`);
    await crowds.gather({ host: '127.0.0.1', port: victim.port, count: sockets, matchIds: cup.matchIds, tokens: [], net: 40, atOnce: 100, back: { ports, withinMs: options.number('within') } });
    const posters = new Posters(ports, await stage.token('bench-admin'), cup.matchIds);
    const reads = async (name: string): Promise<number> => (await Promise.all(others.map((server) => server.metric(name)))).reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
    const cpu = (): number => others.reduce((sum, server) => sum + server.cpu(), 0);
    const begun = { reads: await reads('grandstand_snapshot_reads_total'), joins: await reads('grandstand_joins_total'), cpu: cpu() };
    const over = new AbortController();
    const done = (async () => {
      while (!over.signal.aborted) await posters.atRate(options.number('posts'), Date.now() + 1_000);
    })();
    await pause(1_000);
    await crowds.each((crowd) => crowd.call.reset());
    await crowds.each((crowd) => crowd.call.mark(Date.now()));
    await victim.kill();
    for (let look = 0; look < 600 && (await crowds.returned()) < sockets; look += 1) await pause(200);
    over.abort();
    await done;
    await pause(2_000);
    const refused = posters.failed;
    const sheet = await crowds.sheet();
    posters.close();
    const ends = new Map<string, number>();
    for (const { matchId, seq } of posters.posted) ends.set(matchId, Math.max(seq, ends.get(matchId) ?? 0));
    const astray = Object.entries(sheet.stands).filter(([id, [low, high]]) => low !== ends.get(id) || high !== ends.get(id)).length;
    result = {
      tried: sheet.lastTry, p10: quantile(sheet.returns, 0.1), last: Math.max(...sheet.returns), p50: quantile(sheet.returns, 0.5), p99: quantile(sheet.returns, 0.99),
      reads: (await reads('grandstand_snapshot_reads_total')) - begun.reads, joins: (await reads('grandstand_joins_total')) - begun.joins,
      cpu: ((cpu() - begun.cpu) * 1e6) / sockets, retries: sheet.failures, wrong: sheet.gaps + sheet.doubles + astray, open: sheet.open, posted: posters.posted.length, refused,
    };
    say(`round ${turn}: last after ${result.last} ms, ${result.reads} reads`);
  });
  if (!result) throw new Error('the round came to nothing');
  return result;
}

const rounds: Round[] = [];
for (let turn = 1; turn <= options.number('rounds'); turn += 1) rounds.push(await round(turn));
const row = (name: string, of: (round: Round) => number, digits = 0): string[] => [name, median(rounds.map(of)).toFixed(digits), rounds.map((each) => of(each).toFixed(digits)).join(' / ')];
publish(
  'storm',
  [
    ...header('Storm: the sockets of a killed instance come back', options.command),
    `${options.text('sockets')} sockets of one instance, watching ${options.text('matches')} match(es) with ${options.text('posts')} posts/s; it is killed (-9) and they come back to the ${options.number('instances') - 1} others${throughNginx ? ' through nginx, which knows the dead one too' : ''}, the first try somewhere within ${options.text('within')} ms, each with its cursor. Everything shares the same cores.`, '',
    ...table(
      ['', 'median', 'rounds'],
      [
        row('until the last has tried, ms', (each) => each.tried), row('until a tenth are live, ms', (each) => each.p10), row('until half are, ms', (each) => each.p50),
        row('until 99% are, ms', (each) => each.p99), row('until the last is, ms', (each) => each.last),
        row('reads of PostgreSQL for the joins', (each) => each.reads), row('joins answered', (each) => each.joins), row('CPU of the others, µs a socket', (each) => each.cpu),
        row('tries that failed', (each) => each.retries), row('events lost or doubled, matches astray', (each) => each.wrong), row('open at the end', (each) => each.open),
        row('posts accepted', (each) => each.posted), row('posts refused', (each) => each.refused),
      ],
    ),
  ],
  options.save,
);
