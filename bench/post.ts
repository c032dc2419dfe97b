/**
 * `npm run bench:post`: how many scores a second an instance takes, and the way
 * of one from its commit to the sockets: committed (PostgreSQL's own commit
 * timestamp), published (heard on Redis), received (by a socket of the same
 * instance, and of another), answered (to the organizer).
 */
import pg from 'pg';
import { createClient } from '@redis/client';
import { matchRoom } from '../src/contracts/room.js';
import { redisKeys } from '../src/platform/redis/keys.js';
import { median, quantile } from './lib/figures.js';
import { LeanSocket } from './lib/lean-socket.js';
import { optionsOf } from './lib/options.js';
import { Posters, unixMs } from './lib/posts.js';
import { header, publish, say, table } from './lib/report.js';
import { onStage, type Stage } from './lib/stage.js';
import { Tally } from './lib/tally.js';

const options = optionsOf('bench:post', { seconds: '10', organizers: '1,16,64', rate: '50', matches: '64', instances: '2' });

type Stamps = Map<string, number>;
const keyOf = (matchId: string, seq: number): string => `${matchId} ${seq}`;

/** Notes when each event reached it. */
class Stamping extends Tally {
  readonly at: Stamps = new Map();
  override follow(socket: LeanSocket, seq: number): void {
    super.follow(socket, seq);
    this.at.set(keyOf(socket.matchId ?? '', seq), unixMs());
  }
}

async function listenAt(port: number, matchIds: readonly string[]): Promise<{ at: Stamps; close: () => void }> {
  const tally = new Stamping();
  const sockets = await Promise.all(matchIds.map(async (matchId) => {
    const socket = new LeanSocket(tally);
    await socket.open({ host: '127.0.0.1', port, from: '127.0.0.1' });
    await socket.join(matchId);
    return socket;
  }));
  return { at: tally.at, close: () => sockets.forEach((socket) => socket.close()) };
}

async function listenOnRedis(stage: Stage, matchIds: readonly string[]): Promise<{ at: Stamps; close: () => void }> {
  const at: Stamps = new Map();
  const client = createClient({ url: stage.redis.url });
  await client.connect();
  for (const matchId of matchIds) {
    await client.sSubscribe(redisKeys.roomChannel(matchRoom(matchId)), (message) => {
      const now = unixMs();
      at.set(keyOf(matchId, (JSON.parse(message) as { seq: number }).seq), now);
    });
  }
  return { at, close: () => client.destroy() };
}

/** By PostgreSQL, with `track_commit_timestamp`: microseconds. */
async function commits(stage: Stage): Promise<Stamps> {
  const client = new pg.Client(stage.databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ match_id: string; seq: number; ms: string }>('select match_id, seq, extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as ms from match_events');
  await client.end();
  return new Map(rows.map((row) => [keyOf(row.match_id, row.seq), Number(row.ms)]));
}

const p = (values: number[]): string => `${median(values).toFixed(2)} / ${quantile(values, 0.99).toFixed(2)}`;

await onStage(
  async (stage) => {
    const servers = await Promise.all(Array.from({ length: options.number('instances') }, (_, index) => stage.instance(String(index + 1))));
    const [first, other] = [servers[0], servers[1] ?? servers[0]];
    if (!first || !other) throw new Error('no instance');
    const cup = await stage.cup(first.url, options.number('matches'));
    const token = await stage.token('bench-admin');

    const throughput: (string | number)[][] = [];
    for (const ports of [[first.port], ...(servers.length > 1 ? [servers.map((server) => server.port)] : [])]) {
      for (const atOnce of options.numbers('organizers')) {
        const warm = new Posters(ports, token, cup.matchIds);
        await warm.flatOut(atOnce, Date.now() + 2_000);
        warm.close();
        const posters = new Posters(ports, token, cup.matchIds);
        const cpu = servers.reduce((sum, server) => sum + server.cpu(), 0);
        const begun = Date.now();
        await posters.flatOut(atOnce, begun + options.number('seconds') * 1000);
        const seconds = (Date.now() - begun) / 1000;
        posters.close();
        const used = ((servers.reduce((sum, server) => sum + server.cpu(), 0) - cpu) * 1000) / posters.posted.length;
        const waits = posters.posted.map((post) => post.answeredAt - post.sentAt);
        say(`${ports.length} instance(s), ${atOnce} organizers: ${(posters.posted.length / seconds).toFixed(0)} posts/s`);
        throughput.push([ports.length, atOnce, (posters.posted.length / seconds).toFixed(0), p(waits), used.toFixed(2), posters.failed]);
      }
    }

    const [here, there, redis] = [await listenAt(first.port, cup.matchIds), await listenAt(other.port, cup.matchIds), await listenOnRedis(stage, cup.matchIds)];
    const posters = new Posters([first.port], token, cup.matchIds);
    await posters.atRate(options.number('rate'), Date.now() + options.number('seconds') * 1000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const committed = await commits(stage);
    for (const part of [here, there, redis, posters]) part.close();
    const stages = posters.posted.flatMap(({ matchId, seq, sentAt, answeredAt }) => {
      const key = keyOf(matchId, seq);
      const [commit, published, local, remote] = [committed.get(key), redis.at.get(key), here.at.get(key), there.at.get(key)];
      return commit === undefined || published === undefined || local === undefined || remote === undefined ? [] : [{ commit: commit - sentAt, published: published - commit, local: local - commit, remote: remote - commit, answered: answeredAt - commit, all: remote - sentAt }];
    });
    publish(
      'post',
      [
        ...header('Posting scores: how many, and from commit to socket', options.command),
        `PostgreSQL durable (fsync, synchronous_commit on); everything shares the same cores.`, '',
        '## Scores a second', '',
        ...table(['instances', 'organizers at once', 'posts/s', 'p50 / p99 of the answer, ms', 'instances\' CPU a post, ms', 'refused'], throughput),
        `## One score on its way, at ${options.text('rate')} posts/s`, '',
        `${stages.length} of ${posters.posted.length} posts with all stamps; one socket a match on the instance that was posted to, one on another.`, '',
        ...table(
          ['', 'p50 / p99, ms'],
          [
            ['posted → committed', p(stages.map((each) => each.commit))],
            ['committed → heard on Redis', p(stages.map((each) => each.published))],
            ['committed → received, same instance', p(stages.map((each) => each.local))],
            ['committed → received, another instance', p(stages.map((each) => each.remote))],
            ['committed → answered to the organizer', p(stages.map((each) => each.answered))],
            ['posted → received, another instance', p(stages.map((each) => each.all))],
          ],
        ),
      ],
      options.save,
    );
  },
  { track_commit_timestamp: 'on' },
);
