/** Several crowd processes as one: a process has only so many files. */
import { forkCalls, type Forked } from './calls.js';
import type { Crowd, Gathering, TallySheet } from './crowd-process.js';
import { Latencies } from './figures.js';

export interface Sum extends Omit<TallySheet, 'latencies'> {
  latencies: Latencies;
}

export class Crowds {
  private readonly crowds: Forked<Crowd>[];

  constructor(count: number, core?: number) {
    this.crowds = Array.from({ length: count }, () => forkCalls<Crowd>('crowd-process', core));
  }

  get pids(): number[] {
    return this.crowds.map((crowd) => crowd.pid);
  }

  /** `net`: the first of as many source networks as there are processes. */
  async gather(given: Gathering): Promise<void> {
    const share = Math.ceil(given.count / this.crowds.length);
    await this.each((crowd, index) => crowd.call.gather({ ...given, count: Math.min(share, given.count - index * share), net: given.net + index, atOnce: Math.ceil(given.atOnce / this.crowds.length) }));
  }

  async each(work: (crowd: Forked<Crowd>, index: number) => Promise<unknown>): Promise<void> {
    await Promise.all(this.crowds.map(work));
  }

  async events(): Promise<number> {
    return (await Promise.all(this.crowds.map((crowd) => crowd.call.events()))).reduce((sum, events) => sum + events, 0);
  }

  async returned(): Promise<number> {
    return (await Promise.all(this.crowds.map((crowd) => crowd.call.returned()))).reduce((sum, returned) => sum + returned, 0);
  }

  async sheet(): Promise<Sum> {
    const sheets = await Promise.all(this.crowds.map((crowd) => crowd.call.sheet()));
    const add = (of: (sheet: TallySheet) => number): number => sheets.reduce((sum, sheet) => sum + of(sheet), 0);
    const stands: Sum['stands'] = {};
    const strange: Sum['strange'] = {};
    for (const sheet of sheets) {
      for (const [matchId, [low, high]] of Object.entries(sheet.stands)) stands[matchId] = [Math.min(low, stands[matchId]?.[0] ?? low), Math.max(high, stands[matchId]?.[1] ?? high)];
      for (const [name, count] of Object.entries(sheet.strange)) strange[name] = (strange[name] ?? 0) + count;
    }
    return {
      open: add((sheet) => sheet.open), events: add((sheet) => sheet.events), chatter: add((sheet) => sheet.chatter), gaps: add((sheet) => sheet.gaps), doubles: add((sheet) => sheet.doubles),
      failures: add((sheet) => sheet.failures), churned: add((sheet) => sheet.churned), returns: sheets.flatMap((sheet) => sheet.returns), lastTry: Math.max(...sheets.map((sheet) => sheet.lastTry)), stands, strange,
      latencies: new Latencies(sheets.flatMap((sheet) => sheet.latencies)),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.crowds.map((crowd) => crowd.stop()));
  }
}
