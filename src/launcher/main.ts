/**
 * What `npm start` runs: from a fresh clone to a server whose page moves. It
 * owns the order of things; each part knows how to start and stop itself.
 */
import { API_PREFIX } from '../contracts/api.js';
import { NotReady } from '../parts/child.js';
import { freePort, isPortFree } from '../parts/free-port.js';
import { developmentToken } from '../tools/development-token.js';
import { startBackends } from './backends.js';
import { claimDataFolder, keptSecret } from './data-folder.js';
import { startDemo } from './demo.js';
import { prepareExample, scoreCommand, tournamentCommand } from './example.js';
import { checkFleet, startFleet } from './fleet.js';
import { readOptions, USAGE, type Options } from './options.js';
import { whoHasPort } from './port-owner.js';
import { CannotStart, say } from './say.js';
import { Shutdown } from './shutdown.js';

const DAYS = 24 * 60 * 60;
/** How long the token in the printed command is good. */
const TOKEN_FOR = 30 * DAYS;

/** What is wrong is where to listen, and another port would not help. */
const NO_ADDRESS_HERE = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'];

async function choosePort({ port, host }: Options): Promise<number> {
  let free: boolean;
  try {
    free = await isPortFree(port, host);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (NO_ADDRESS_HERE.includes(code)) throw new CannotStart(`HOST is "${host}": it may be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all (${reason}).`);
    throw new CannotStart(`Port ${String(port)} cannot be used: ${reason}.\nChoose another with \`PORT=3001 npm start\`.`);
  }
  if (free) return port === 0 ? freePort() : port;
  const owner = whoHasPort(port);
  const blame = owner === undefined ? 'another process (of another user, perhaps)' : `process ${String(owner.pid)}: ${owner.command}`;
  throw new CannotStart(`Port ${String(port)} is taken by ${blame}\nEnd that process, or choose another port: \`PORT=${String(port + 1)} npm start\`.`);
}

/** What to paste, with the token in it: an administrator's, so never in production. */
async function prepare(url: string, address: string, token: string, options: Options, shutdown: Shutdown): Promise<string | undefined> {
  if (options.demo) {
    const match = await prepareExample(url, token);
    startDemo(options.dist, url, token, shutdown);
    if (options.production) return undefined;
    return `Change a score on the page (paste into another terminal):\n\n${scoreCommand(address, token, match)}`;
  }
  if (options.production) return undefined;
  return `Open a tournament (paste into another terminal):\n\n${tournamentCommand(address, token)}`;
}

async function greet(url: string, secret: string | undefined, options: Options, shutdown: Shutdown): Promise<void> {
  // A person types localhost; it is what the page, the docs and cookies expect.
  const address = url.replace('//127.0.0.1:', '//localhost:');
  const example = secret === undefined ? undefined : await prepare(url, address, await developmentToken({ secret, issuer: options.jwtIssuer, audience: options.jwtAudience }, TOKEN_FOR), options, shutdown);
  say(`
  Page      ${address}/
  API       ${address}/docs
  Stats     ${address}${API_PREFIX}/monitoring/websocket/stats
  Metrics   ${address}/metrics
  Health    ${address}/health/ready`);
  if (example !== undefined) say(`\n  ${example}\n`);
  say('  Ctrl-C stops everything.');
}

async function start(options: Options, shutdown: Shutdown): Promise<void> {
  const since = performance.now();
  const folder = claimDataFolder(options.dataFolder);
  shutdown.defer('folder', () => folder.release());
  const port = await choosePort(options);
  await checkFleet(options);
  say(`\n  Grandstand, ${options.instances === 1 ? 'one instance' : `${String(options.instances)} instances`}; data and logs in ${options.dataFolder}\n`);
  const secret = options.jwtSecret ?? (options.production ? undefined : keptSecret(options.dataFolder));
  const backends = await startBackends(options, folder, shutdown);
  const url = await startFleet({ options, port, backends, secret, folder, shutdown });
  folder.note(url);
  say(`\n  Ready in ${((performance.now() - since) / 1000).toFixed(1)} s.`);
  await greet(url, secret, options, shutdown);
}

const shutdown = new Shutdown();
shutdown.onSignals();
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) say(USAGE);
  else await start(options, shutdown);
} catch (error) {
  // A Ctrl-C while starting makes the rest of the start fail: that is no news.
  if (!shutdown.begun) {
    const plain = error instanceof CannotStart || error instanceof NotReady;
    say(`\n${plain ? error.message : `Grandstand did not start. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`}\n`);
    await shutdown.run();
    process.exit(1);
  }
}
