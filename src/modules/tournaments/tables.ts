/**
 * Tables for many askers: one read a tournament at a time. Who asks for the same page while one runs shares the next,
 * never the one that runs, which may have begun before the asker's own result.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Standing } from '../../contracts/tournament.js';
import { StandingsRepository } from './standings.repository.js';

interface Page {
  limit: number;
  after: number;
}

interface Queue {
  /** The read that runs or comes last; none fails. */
  last: Promise<unknown>;
  /** Reads that have not begun, by their page. */
  waiting: Map<string, Promise<Standing[]>>;
}

@Injectable()
export class Tables {
  private readonly queues = new Map<string, Queue>();

  constructor(@Inject(StandingsRepository) private readonly standings: Pick<StandingsRepository, 'page'>) {}

  /** The rows that come after the first `after`; `limit + 1` of them. Shared: not to be changed. */
  page(tournamentId: string, { limit, after }: Page): Promise<Standing[]> {
    const queue = this.queues.get(tournamentId) ?? { last: Promise.resolve(), waiting: new Map<string, Promise<Standing[]>>() };
    this.queues.set(tournamentId, queue);
    const key = `${String(limit)} ${String(after)}`;
    const waiting = queue.waiting.get(key);
    if (waiting) return waiting;
    const read = queue.last.then(() => {
      queue.waiting.delete(key);
      return this.standings.page(tournamentId, { limit, after });
    });
    queue.waiting.set(key, read);
    const settled = read.then(
      () => undefined,
      () => undefined,
    );
    queue.last = settled;
    void settled.then(() => {
      if (queue.last === settled) this.queues.delete(tournamentId);
    });
    return read;
  }
}
