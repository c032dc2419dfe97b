/** What waits for a socket that does not read is bounded, whatever it asks for and whatever is sent to it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { freeze } from './arena/frozen.js';
import { Spectator } from './arena/spectator.js';
import { until } from './arena/until.js';

const MATCHES = 100;
/** Fewer than a socket may send within 10 s. */
const COMMANDS = 190;
/** Each is answered with 150 bytes, and the kernel takes some megabytes of what nobody reads before anything waits in the server. */
const NONSENSE = 100_000;
const BURST = 2_000;

describe('a socket that does not read', () => {
  let arena: Arena;
  let stuck: Spectator | undefined;
  let thaw = (): void => undefined;
  const enter = async (token?: string): Promise<Spectator> => {
    stuck = await Spectator.connect(arena.at(0).url, { token });
    return stuck;
  };
  const connections = async (): Promise<number> => Number(/^grandstand_websocket_connections\{[^}]*\} (\d+)$/m.exec(await (await fetch(`${arena.at(0).url}/metrics`)).text())?.[1]);
  beforeEach(async () => {
    arena = await openArena({ redis: false, env: { SLOW_READER_BUDGET_BYTES: '16384', HEARTBEAT_MS: '300', PRESENCE_MS: '100' } });
  });
  afterEach(async () => {
    thaw();
    stuck?.close();
    await arena.close();
  });

  it('is not answered without bound because it asked for everything at once', async () => {
    const cup = await openCup(await arena.rest(0, 'ORGANIZER'), { matches: MATCHES, start: false });
    const spectator = await enter();
    thaw = freeze(spectator);
    const asked = Promise.all(Array.from({ length: COMMANDS }, () => spectator.ask('join_tournament', cup.id)));
    await until(async () => /^grandstand_refusals_total\{[^}]*code="RATE_LIMITED"/m.test(await (await fetch(`${arena.at(0).url}/metrics`)).text()), 8_000, 'some to be refused');
    thaw();
    const answers = await asked;
    // Sixteen budgets are eight answers, and the kernel takes some.
    expect(answers.filter(({ ok }) => ok).length).toBeLessThan(COMMANDS / 4);
    expect(answers.filter(({ ok }) => !ok).every((answer) => !answer.ok && answer.error.code === 'RATE_LIMITED')).toBe(true);
    // Nobody was let into the room without being told where it stands.
    expect(await spectator.join('join_tournament', cup.id)).toMatchObject({ complete: true });
  });

  it('is disconnected when it goes on asking beyond its rate', async () => {
    const spectator = await enter();
    thaw = freeze(spectator);
    await until(async () => (await connections()) === 1, 5_000, 'the socket to be counted');
    for (let told = 0; told < NONSENSE && (await connections()) === 1; told += BURST) {
      for (let each = 0; each < BURST; each += 1) spectator.tell('nonsense', each);
    }
    await until(async () => (await connections()) === 0, 20_000, 'the socket to be disconnected');
  });

  it('is disconnected when its user is notified beyond its bound, who finds it all later', async () => {
    const spectator = await enter(await arena.token('PLAYER', 'alice'));
    thaw = freeze(spectator);
    await until(async () => (await connections()) === 1, 5_000, 'the socket to be counted');
    const admin = await arena.rest(0);
    const body = { message: 'm', data: { text: 'x'.repeat(15_000) } };
    let sent = 0;
    while (sent < 1_200 && (await connections()) === 1) {
      await Promise.all(Array.from({ length: 40 }, () => admin.call(api.notifyUser, { params: { id: 'alice' }, body })));
      sent += 40;
    }
    await until(async () => (await connections()) === 0, 5_000, 'the socket to be disconnected');
    const { data } = await (await arena.rest(0, 'PLAYER', 'alice')).call(api.myNotifications, { query: { after: String(sent - 1) } });
    expect(data).toMatchObject([{ seq: sent }]);
  });
});
