/** Official clients of every version that speaks the server's protocol, as old apps carry them, over each transport through nginx. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from '../src/contracts/api.js';
import { RestClient } from '../src/contracts/rest-client.js';
import { NAMESPACE } from '../src/contracts/room.js';
import { openArena, type Arena } from './arena/arena.js';
import { openCup } from './arena/cup.js';
import { until } from './arena/until.js';

/** What all of them have in common; their own types are of other years. */
interface Client {
  io: { engine: { id: string; transport: { name: string }; on(event: 'upgrade', listener: () => void): void } };
  on(event: string, listener: (payload: { seq: number; homeScore: number }) => void): void;
  emit(command: string, payload: unknown, ack: (answer: unknown) => void): void;
  disconnect(): void;
}
type Transports = ('websocket' | 'polling')[];
interface Version {
  io: (url: string, options: { transports: Transports; forceNew: boolean; reconnection: boolean }) => Client;
}

const require = createRequire(import.meta.url);
const VERSIONS: [name: string, client: Version][] = [
  ['3.0', require('socket.io-client-3.0') as Version],
  ['3.1', require('socket.io-client-3.1') as Version],
  ['4.0', require('socket.io-client-4.0') as Version],
  ['the newest 4', require('socket.io-client') as Version],
];
const WAYS: [name: string, transports: Transports][] = [
  ['WebSocket only', ['websocket']],
  ['polling only', ['polling']],
  ['polling, then an upgrade', ['polling', 'websocket']],
];
const SCORES = 5;
const PER_WAY = 4;

describe('a client as it is in the shops', () => {
  let arena: Arena;
  let organizer: RestClient;
  const clients: Client[] = [];

  beforeAll(async () => {
    arena = await openArena({ instances: 2, nginx: true });
    organizer = new RestClient(arena.front, await arena.token('ORGANIZER'));
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await arena.close();
  });

  async function connect({ io }: Version, transports: Transports): Promise<Client> {
    const client = io(arena.front + NAMESPACE, { transports, forceNew: true, reconnection: false });
    clients.push(client);
    let upgraded = false;
    client.io.engine.on('upgrade', () => {
      upgraded = true;
    });
    await new Promise<void>((resolve, reject) => {
      client.on('connect', () => resolve());
      client.on('connect_error', reject);
    });
    await until(() => upgraded === transports.length > 1, 10_000, 'the upgrade');
    expect(client.io.engine.transport.name).toBe(transports.at(-1));
    return client;
  }

  const ask = (client: Client, command: string, payload: unknown): Promise<unknown> => new Promise((resolve) => client.emit(command, payload, resolve));

  for (const [version, client] of VERSIONS) {
    it.each(WAYS)(`of version ${version} works over %s`, async (_, transports) => {
      const cup = await openCup(organizer);
      const matchId = cup.matchIds[0] ?? '';
      const watching: { socket: Client; seen: [seq: number, homeScore: number][] }[] = [];
      for (let n = 0; n < PER_WAY; n += 1) {
        const socket = await connect(client, transports);
        const seen: [number, number][] = [];
        socket.on('score_update', ({ seq, homeScore }) => seen.push([seq, homeScore]));
        watching.push({ socket, seen });
        expect(await ask(socket, 'join_match', { matchId, since: 0 })).toMatchObject({ ok: true, data: { room: `match:${matchId}`, match: { seq: 1, status: 'LIVE' }, missed: [{ type: 'match_start', seq: 1 }], complete: true } });
      }
      // A session's id begins with its instance's number: the spectators sit on both.
      expect(new Set(watching.map(({ socket }) => socket.io.engine.id.split('.')[0]))).toEqual(new Set(['1', '2']));

      for (let homeScore = 1; homeScore <= SCORES; homeScore += 1) await organizer.call(api.postScore, { params: { id: matchId }, body: { homeScore, awayScore: 0 } });
      const posted = Array.from({ length: SCORES }, (_score, index) => [index + 2, index + 1]);
      for (const { socket, seen } of watching) {
        await until(() => seen.length >= SCORES, 10_000, () => `every score; has ${JSON.stringify(seen)}`);
        expect(await ask(socket, 'join_match', 'no-such-match')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
        expect(await ask(socket, 'score_update', { matchId, homeScore: 9, awayScore: 9 })).toMatchObject({ ok: false, error: { code: 'UNAUTHENTICATED' } });
        expect(await ask(socket, 'no_such_command', {})).toMatchObject({ ok: false, error: { code: 'UNKNOWN_COMMAND' } });
        // Three round trips later none has come a second time.
        expect(seen).toEqual(posted);
        socket.disconnect();
      }
    });
  }
});
