/** A process full of lean sockets, told what to do by the benchmark that forked it. */
import { setTimeout as pause } from 'node:timers/promises';
import { serveCalls } from './calls.js';
import { LeanSocket } from './lean-socket.js';
import { Tally } from './tally.js';

export interface Gathering {
  host: string;
  port: number;
  count: number;
  /** Watched by the sockets in turn. */
  matchIds: string[];
  /** Given to the sockets in turn; empty: all are anonymous. */
  tokens: string[];
  /** Source addresses 127.0.<net>.1 and up. */
  net: number;
  /** Handshakes and joins under way at once. */
  atOnce: number;
  /** When its connection ends, a socket comes back to one of these ports within so many milliseconds. */
  back?: { ports: number[]; withinMs: number };
}

export interface TallySheet {
  open: number;
  events: number;
  chatter: number;
  gaps: number;
  doubles: number;
  latencies: [number, number][];
  strange: Record<string, number>;
  /** By match, the lowest and the highest `seq` at which a socket in it stands. */
  stands: Record<string, [number, number]>;
  /** Milliseconds from `mark` to each socket's return. */
  returns: number[];
  /** Milliseconds from `mark` to the last socket's first try: what is beyond the window is the crowd's own lateness. */
  lastTry: number;
  failures: number;
  churned: number;
}

/**
 * Of an address's 28,000 ports a bind() first looks through a quarter, one by
 * one. What an earlier round left in TIME_WAIT counts as taken: with 5,000
 * sockets an address a bind() took 2 ms in a second round, and the crowd did
 * nothing else for 13 s.
 */
const PER_ADDRESS = 1_000;
const tally = new Tally();
const sockets: LeanSocket[] = [];
const frozen = new Set<LeanSocket>();
let returns: number[] = [];
let lastTry = 0;
let failures = 0;
let churned = 0;
let marked = 0;
let churning = false;

/** Connections begun in one turn of the event loop. */
const TRIES_A_TURN = 16;
const due: (() => void)[] = [];

/**
 * Timers that are due run one after another before anything is read: thousands
 * of sockets would connect in one go and ask in one go, which phones that know
 * nothing of each other do not.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (due.push(resolve) === 1) setImmediate(takeTurns);
  });
}

function takeTurns(): void {
  for (const take of due.splice(0, TRIES_A_TURN)) take();
  if (due.length > 0) setImmediate(takeTurns);
}

async function comeBack(socket: LeanSocket, given: Gathering, from: string): Promise<void> {
  const { ports, withinMs } = given.back ?? { ports: [], withinMs: 0 };
  const { seq, matchId } = socket;
  for (let attempt = 0; ; attempt += 1) {
    // As the watcher library does it: somewhere within the window, then doubling.
    await pause(Math.random() * withinMs * 2 ** Math.min(attempt, 4));
    await turn();
    if (attempt === 0) lastTry = Date.now() - marked;
    try {
      const port = ports[Math.floor(Math.random() * ports.length)] ?? given.port;
      await socket.open({ host: given.host, port, from });
      if (matchId !== undefined) await socket.join(matchId, seq);
      returns.push(Date.now() - marked);
      return;
    } catch {
      failures += 1;
    }
  }
}

export const crowd = {
  async gather(given: Gathering): Promise<void> {
    let next = 0;
    const one = async (): Promise<void> => {
      for (let index = next++; index < given.count; index = next++) {
        const socket = new LeanSocket(tally);
        const from = `127.0.${String(given.net)}.${String(1 + Math.floor(index / PER_ADDRESS))}`;
        const token = given.tokens[index % given.tokens.length];
        const matchId = given.matchIds[index % given.matchIds.length];
        await socket.open({ host: given.host, port: given.port, from, ...(token === undefined ? {} : { token }) });
        if (matchId !== undefined) await socket.join(matchId);
        if (given.back) socket.onClose = () => void comeBack(socket, given, from);
        sockets.push(socket);
      }
    };
    await Promise.all(Array.from({ length: given.atOnce }, one));
  },

  /** Every so often some socket leaves its match for another, until told to end. */
  churn(perSecond: number, matchIds: string[]): void {
    churning = true;
    const move = async (): Promise<void> => {
      const socket = sockets[Math.floor(Math.random() * sockets.length)];
      const matchId = matchIds[Math.floor(Math.random() * matchIds.length)];
      if (!socket?.connected || busy.has(socket) || matchId === undefined) return;
      busy.add(socket);
      try {
        await socket.leave();
        await socket.join(matchId);
        churned += 1;
      } catch {
        failures += 1;
      } finally {
        busy.delete(socket);
      }
    };
    const busy = new Set<LeanSocket>();
    let due = 0;
    const timer = setInterval(() => {
      if (!churning) clearInterval(timer);
      for (due += perSecond / 20; due >= 1; due -= 1) void move();
    }, 50);
  },

  stopChurn(): void {
    churning = false;
  },

  freeze(count: number): void {
    for (const socket of sockets.slice(0, count)) {
      socket.freeze();
      frozen.add(socket);
    }
  },

  reset(): void {
    tally.reset();
    returns = [];
    lastTry = 0;
    failures = 0;
    churned = 0;
  },

  mark(at: number): void {
    marked = at;
  },

  events: (): number => tally.events,

  returned: (): number => returns.length,

  sheet(): TallySheet {
    const stands: Record<string, [number, number]> = {};
    for (const { matchId, seq, connected } of sockets) {
      if (matchId === undefined || !connected) continue;
      const [low, high] = stands[matchId] ?? [seq, seq];
      stands[matchId] = [Math.min(low, seq), Math.max(high, seq)];
    }
    const open = sockets.filter((socket) => socket.connected).length;
    const { events, chatter, gaps, doubles, strange } = tally;
    return { open, events, chatter, gaps, doubles, strange, stands, returns, lastTry, failures, churned, latencies: tally.latencies.entries() };
  },

  scatter(): void {
    for (const socket of sockets.splice(0)) socket.close();
    frozen.clear();
  },
};
export type Crowd = typeof crowd;

serveCalls(crowd);
