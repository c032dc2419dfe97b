/** A real Redis Cluster on the loopback address: three primaries, with a replica each where a node is to die. */
import { spawnSync } from 'node:child_process';
import { freePort } from '../../src/parts/free-port.js';
import { findRedisBinary, startRedis, type Redis } from '../../src/parts/redis.js';
import { until } from './until.js';

export interface RedisCluster {
  readonly nodes: Redis[];
  readonly url: string;
  /** The node that owns a channel's slot now. */
  ownerOf(channel: string): Redis;
  cli(node: Redis, ...args: string[]): string;
  stop(): Promise<void>;
}

export async function startRedisCluster({ replicas }: { replicas: 0 | 1 }): Promise<RedisCluster> {
  const count = 3 * (replicas + 1);
  const cli = (node: Redis, ...args: string[]): string => {
    const program = (findRedisBinary() ?? 'redis-server').replace(/-server$/, '-cli');
    const { stdout, stderr, status } = spawnSync(program, ['-p', String(node.port), ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  const nodes: Redis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let index = 0; index < count; index += 1) {
      const bus = ['--cluster-port', String(await freePort())];
      nodes.push(await startRedis({ extraArgs: ['--cluster-enabled', 'yes', ...bus, '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1500', '--cluster-require-full-coverage', 'no', '--repl-diskless-sync-delay', '0'] }));
    }
    const first = nodes[0];
    if (!first) throw new Error('no nodes');
    cli(first, '--cluster', 'create', ...nodes.map((node) => `127.0.0.1:${String(node.port)}`), '--cluster-replicas', String(replicas), '--cluster-yes');
    await until(() => nodes.every((node) => /cluster_state:ok/.test(cli(node, 'CLUSTER', 'INFO')) && cli(node, 'CLUSTER', 'NODES').split('\n').length === count), 20_000, 'the cluster to agree');
    // A replica that never had its primary's data does not take over from it, however long one waits.
    const replicating = () => nodes.filter((node) => cli(node, 'INFO', 'replication').includes('master_link_status:up')).length;
    await until(() => replicating() === 3 * replicas, 20_000, () => `every replica to have its primary's data: ${String(replicating())} have`);
    return {
      nodes,
      url: `redis+cluster://${nodes.map((node) => `127.0.0.1:${String(node.port)}`).join(',')}`,
      ownerOf(channel) {
        const slot = Number(cli(first, 'CLUSTER', 'KEYSLOT', channel));
        const owner = cli(first, 'CLUSTER', 'NODES')
          .split('\n')
          .find((line) => line.includes('master') && !line.includes('fail') && line.split(' ').slice(8).some((range) => { const [from = -1, to = from] = range.split('-').map(Number); return slot >= from && slot <= to; }));
        const port = Number(/:(\d+)@/.exec(owner ?? '')?.[1]);
        const node = nodes.find((candidate) => candidate.port === port);
        if (!node) throw new Error(`no node owns slot ${String(slot)}`);
        return node;
      },
      cli,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
