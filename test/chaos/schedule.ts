/** What is going to happen to the fleet, and when: decided by the seed alone, before anything happens. */
import type { SeededRandom } from '../../src/simulator/seeded-random.js';

export type Fault =
  /** kill -9 of `instances`, booted again after `ms`. */
  | { kind: 'kill'; instances: number[]; ms: number }
  /** SIGTERM one after the other, each booted again before the next is told. */
  | { kind: 'roll'; instances: number[] }
  /** Redis holds its connections and answers nobody. */
  | { kind: 'redis-pause'; ms: number }
  /** Redis ends, and is started again empty. */
  | { kind: 'redis-restart'; ms: number }
  | { kind: 'redis-clients' }
  /** A fast shutdown, and a start. */
  | { kind: 'postgres-restart' }
  /** kill -9 of the postmaster, and a start that recovers. */
  | { kind: 'postgres-crash' }
  | { kind: 'nginx-reload' }
  /** Watchers and raw sockets whose connections are left unread; `from`: beginning with which, 0 up to 1. */
  | { kind: 'freeze'; watchers: number; raws: number; ms: number; from: number };

export type FaultKind = Fault['kind'];

/** `at`: milliseconds after the start. */
export interface Planned {
  at: number;
  fault: Fault;
}

export const KINDS = ['kill', 'kill', 'roll', 'redis-pause', 'redis-restart', 'redis-clients', 'postgres-restart', 'postgres-crash', 'nginx-reload', 'freeze', 'freeze'] as const satisfies readonly FaultKind[];
/** So often a fault does not wait for the one before it. */
const OVERLAP = 0.3;

function draw(kind: FaultKind, random: SeededRandom, instances: number): Fault {
  const all = Array.from({ length: instances }, (_, index) => index);
  switch (kind) {
    case 'kill':
      return { kind, instances: random.shuffled(all).slice(0, random.chance(0.25) ? 2 : 1), ms: random.int(200, 3_000) };
    case 'roll':
      return { kind, instances: random.shuffled(all).slice(0, random.chance(0.25) ? instances : 1) };
    case 'redis-pause':
      return { kind, ms: random.int(1_000, 6_000) };
    case 'redis-restart':
      return { kind, ms: random.int(100, 4_000) };
    case 'freeze':
      return { kind, watchers: random.int(5, 30), raws: random.int(1, 5), ms: random.int(2_000, 14_000), from: random.next() };
    default:
      return { kind };
  }
}

/** Every kind comes before any comes again, and each overlaps with the next now and then. */
export function schedule(random: SeededRandom, { ms, instances, kinds = KINDS }: { ms: number; instances: number; kinds?: readonly FaultKind[] }): Planned[] {
  const planned: Planned[] = [];
  let deck: FaultKind[] = [];
  for (let at = 1_000; at < ms; at += random.chance(OVERLAP) ? random.int(100, 1_500) : random.int(3_500, 8_000)) {
    if (deck.length === 0) deck = random.shuffled(kinds);
    planned.push({ at, fault: draw(deck.pop() ?? 'kill', random, instances) });
  }
  return planned;
}

export function nameOf(fault: Fault): string {
  const numbers = 'instances' in fault ? fault.instances.map((index) => index + 1).join(' and ') : '';
  switch (fault.kind) {
    case 'kill':
      return `kill -9 of instance ${numbers}, booted after ${fault.ms} ms`;
    case 'roll':
      return `SIGTERM to instance ${fault.instances.map((index) => index + 1).join(', then ')}`;
    case 'redis-pause':
      return `Redis paused for ${fault.ms} ms`;
    case 'redis-restart':
      return `Redis stopped for ${fault.ms} ms`;
    case 'redis-clients':
      return 'every Redis connection killed';
    case 'postgres-restart':
      return 'PostgreSQL restarted';
    case 'postgres-crash':
      return 'kill -9 of PostgreSQL, started again';
    case 'nginx-reload':
      return 'nginx reloaded';
    case 'freeze':
      return `${fault.watchers} watchers and ${fault.raws} raw sockets frozen for ${fault.ms} ms`;
  }
}
