/** The instances, and nginx in front of them when there are several. */
import { join } from 'node:path';
import { ensureNginxBinary, startNginx } from '../parts/nginx.js';
import type { Backends } from './backends.js';
import type { DataFolder } from './data-folder.js';
import { openInstanceLog } from './instance-log.js';
import { reachable, startInstance, untilReadyOverHttp, type Instance } from './instance.js';
import { keepRunning } from './keep-running.js';
import type { Options } from './options.js';
import { CannotStart, say, step } from './say.js';
import type { Shutdown } from './shutdown.js';

export interface FleetSpec {
  options: Options;
  /** Already chosen and found free. */
  port: number;
  backends: Backends;
  /** undefined: tokens come from an outside issuer alone. */
  secret: string | undefined;
  folder: DataFolder;
  shutdown: Shutdown;
}

/** On top of the time for its sockets: requests end, connections close. */
const END_WITHIN = 3_000;

async function start(number: number, { options, port, backends, secret, folder, shutdown }: FleetSpec): Promise<Instance> {
  const alone = options.instances === 1;
  const instance = await startInstance({
    number,
    port: alone ? port : undefined,
    host: alone ? options.host : '127.0.0.1',
    program: join(options.dist, 'main.js'),
    env: {
      ...process.env,
      NODE_ENV: process.env['NODE_ENV'] ?? 'development',
      DATABASE_URL: backends.databaseUrl,
      REDIS_URL: backends.redisUrl,
      JWT_SECRET: secret,
      DRAIN_MS: String(options.drainMs),
    },
    stopWithin: options.drainMs + END_WITHIN,
    log: openInstanceLog(join(folder.logs, `instance-${String(number)}.log`), (text) => {
      if (!shutdown.begun) say(`  instance ${String(number)}: ${text}`);
    }),
  });
  shutdown.defer('instances', () => instance.stop());
  void keepRunning(instance, { name: `instance ${String(number)}`, signal: shutdown.signal });
  return instance;
}

async function ensureNginx(instances: number): Promise<void> {
  if ((await ensureNginxBinary()) !== undefined) return;
  throw new CannotStart(
    `${String(instances)} instances need nginx in front of them, and there is none: install it\n(Debian: \`apt-get install nginx\`, macOS: \`brew install nginx\`), or start one instance with \`npm start\`.`,
  );
}

/** Before anything is started: a refusal should come first, not last. */
export async function checkFleet({ instances }: Options): Promise<void> {
  if (instances > 1) await ensureNginx(instances);
}

/** Answers with the address to reach it at from this machine, once it serves. */
export async function startFleet(spec: FleetSpec): Promise<string> {
  const { options, port, folder, shutdown } = spec;
  const url = reachable(options.host, port);
  const numbers = Array.from({ length: options.instances }, (_, index) => index + 1);
  const instances = await step(
    numbers.length === 1 ? 'Server' : 'Instances',
    () => Promise.all(numbers.map((number) => start(number, spec))),
    (started) => `ready on port ${started.map((instance) => String(instance.port)).join(', ')}`,
  );
  if (instances.length === 1) return url;
  const nginx = await step(
    'nginx',
    async () => {
      const started = await startNginx({
        port,
        host: options.host,
        upstreamPorts: instances.map((instance) => instance.port),
        dir: folder.nginx,
      });
      await untilReadyOverHttp(url, () => shutdown.begun);
      return started;
    },
    () => `ready on port ${String(port)}`,
  );
  shutdown.defer('nginx', () => nginx.stop());
  void keepRunning(nginx, { name: 'nginx', signal: shutdown.signal });
  return url;
}
