/**
 * The two connections to Redis: one that asks and publishes, one that listens.
 * Redis makes things fast, never true: whatever fails here is logged and
 * counted, and what it would have said is found in the match log.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { createClient, createCluster, createSentinel } from '@redis/client';
import { parseRedisAddress, type RedisAddress } from '../../config/redis-address.js';
import { errorFields, type Logger } from '../logging/logger.js';

type Client = ReturnType<typeof askingClient>;
/** What is asked of Redis: the same by the same names on a server, a cluster and behind sentinels. */
export type RedisCommands = Pick<Client, 'isReady' | 'get' | 'set' | 'del' | 'mGet' | 'zAdd' | 'zRem' | 'zRangeByScore' | 'zRemRangeByScore' | 'hGetAll' | 'multi' | 'publish' | 'sPublish'>;
export type RedisSubscriber = Pick<Client, 'subscribe' | 'unsubscribe' | 'sSubscribe' | 'sUnsubscribe'>;

const CONNECT_TIMEOUT_MS = 1_500;
const FIRST_CONNECT_MS = 3_000;
const RECONNECT_MAX_MS = 1_000;
/** More commands waiting than this means that Redis does not answer: further ones fail at once instead of piling up. */
const QUEUE_MAX = 2_000;
/** A half-open connection is noticed by a command that is not answered. */
const PING_INTERVAL_MS = 1_000;
const SOCKET_SILENCE_MS = 4_000;
const SHARDED_SINCE = 7;

export interface RedisLinks {
  readonly commands: RedisCommands;
  readonly subscriber: RedisSubscriber;
  /** Redis 7 and later: channels that only the instances that asked for them hear, and that a cluster keeps on one node. */
  readonly sharded: boolean;
  /** Whether one command may name several channels: those of a cluster lie on several nodes. */
  readonly oneNode: boolean;
  /** Drops the listening connection at once and makes a new one, with all its subscriptions. */
  reconnectSubscriber(): Promise<void>;
  close(): Promise<void>;
}

interface Connection {
  readonly isOpen: boolean;
  /** A cluster's: who serves which. */
  readonly slots?: readonly unknown[];
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (error?: unknown) => void): unknown;
}

const socket = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SOCKET_SILENCE_MS,
  reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 6), RECONNECT_MAX_MS) * (0.5 + Math.random() / 2),
};
const asking = { disableOfflineQueue: true, commandsQueueMaxLength: QUEUE_MAX, pingInterval: PING_INTERVAL_MS, socket };
// The listener queues what it is asked while away: a subscription asked for then is made on return.
const listening = { pingInterval: PING_INTERVAL_MS, socket };

const askingClient = (url: string) => createClient({ url, ...asking });

export async function openRedis(url: string, logger: Logger): Promise<RedisLinks> {
  const address = parseRedisAddress(url);
  if (address.kind === 'server') return openServer(address.url, logger);
  const [commands, subscriber] = address.kind === 'cluster' ? openCluster(address) : openSentinel(address);
  const farewell = await connected([commands, subscriber], logger);
  return {
    // A cluster and a sentinel have these commands by the same names; their types differ in what is not used here.
    commands: commands as unknown as RedisCommands,
    subscriber: subscriber as unknown as RedisSubscriber,
    sharded: true,
    oneNode: address.kind !== 'cluster',
    // Both find their way to the nodes that there are by themselves, and subscribe there again.
    reconnectSubscriber: () => Promise.resolve(),
    close: async () => {
      farewell();
      for (const connection of [commands, subscriber]) await connection.destroy();
    },
  };
}

function openCluster({ nodes, username, password }: Extract<RedisAddress, { kind: 'cluster' }>): [Connection, Connection] {
  const rootNodes = nodes.map((node) => ({ url: node }));
  const open = (defaults: typeof asking | typeof listening): Connection => createCluster({ rootNodes, defaults: { ...defaults, username, password } });
  return [open(asking), open(listening)];
}

function openSentinel({ name, sentinels, username, password }: Extract<RedisAddress, { kind: 'sentinel' }>): [Connection, Connection] {
  const open = (options: typeof asking | typeof listening): Connection =>
    createSentinel({ name, sentinelRootNodes: sentinels, nodeClientOptions: { ...options, username, password }, sentinelClientOptions: { socket } });
  return [open(asking), open(listening)];
}

async function openServer(url: string, logger: Logger): Promise<RedisLinks> {
  const name = `grandstand-${randomUUID()}`;
  const commands = askingClient(url);
  const subscriber = createClient({ url, name, ...listening });
  const farewell = await connected([commands, subscriber], logger);
  return {
    commands,
    subscriber,
    sharded: await isSharded(commands),
    oneNode: true,
    reconnectSubscriber: async () => {
      // The server closes it, so that node-redis takes its own way back: reconnect, then subscribe to everything again.
      const list = await commands.sendCommand<string>(['CLIENT', 'LIST']);
      const id = list.split('\n').find((line) => line.includes(` name=${name} `))?.match(/^id=(\d+)/)?.[1];
      if (id !== undefined) await commands.sendCommand(['CLIENT', 'KILL', 'ID', id]);
    },
    close: async () => {
      farewell();
      for (const client of [commands, subscriber]) client.destroy();
      await Promise.resolve();
    },
  };
}

/**
 * Waits for both, but not for ever: an instance starts without Redis, and has it when it comes. Answers with what to
 * call before they are closed: what that breaks off, a ping on its way, is no outage. Guarded by test/redis-shutdown.test.ts.
 */
async function connected([commands, subscriber]: readonly [unknown, unknown], logger: Logger): Promise<() => void> {
  let closing = false;
  const isClosing = (): boolean => closing;
  const named: [string, Connection][] = [
    ['commands', commands as Connection],
    ['subscriber', subscriber as Connection],
  ];
  for (const [connection, client] of named) {
    let away = false;
    client.on('error', (error) => {
      if (!away && !closing) logger.warn({ event: 'redis_away', connection, ...errorFields(error) });
      away = true;
    });
    client.on('ready', () => {
      if (away) logger.info({ event: 'redis_back', connection });
      away = false;
    });
  }
  // The others try until somebody is there; a cluster's client gives up when nobody answers the first time, and is content with
  // a cluster that is being made: it would not ask again for the slots that nobody served yet (test/redis-cluster.test.ts).
  const connect = async (client: Connection): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.connect();
        if (!client.slots?.includes(undefined)) return;
        client.destroy();
        throw new Error('the cluster does not serve all of its slots');
      } catch (error) {
        if (isClosing() || client.isOpen) return;
        if (attempt === 1) logger.warn({ event: 'redis_unreachable', ...errorFields(error) });
        await later(RECONNECT_MAX_MS, undefined, { ref: false });
        if (isClosing()) return;
      }
    }
  };
  await withinMs(Promise.all(named.map(([, client]) => connect(client))), FIRST_CONNECT_MS);
  return () => {
    closing = true;
  };
}

/** Asks the server's version; when it is away, what every supported server can. */
async function isSharded(commands: { info(section: string): Promise<string> }): Promise<boolean> {
  try {
    const info = await commands.info('server');
    return Number(/redis_version:(\d+)/.exec(info)?.[1] ?? SHARDED_SINCE) >= SHARDED_SINCE;
  } catch {
    return true;
  }
}

/** Whether `work` was done within the time; its failure counts as not done. */
export async function withinMs(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true, () => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

export const REDIS = Symbol('redis');
