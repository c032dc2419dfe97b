/** A spectator with the watcher library, from the first event of each match on, through nginx. */
import { isDeepStrictEqual } from 'node:util';
import { watch, type Handlers, type MatchHandle, type TournamentHandle, type Watcher } from '../../src/client/index.js';
import { connectSocket } from '../../src/client/link.js';
import type { MatchEvent } from '../../src/contracts/event.js';
import type { MatchSnapshot } from '../../src/contracts/match.js';
import { matchRoom, tournamentRoom } from '../../src/contracts/room.js';
import type { Cup, Findings, Seqs } from './crowd-wire.js';
import { Freezer } from './freezer.js';
import { recoveryOf, Sightings, type Recovery } from './sightings.js';

export interface Wants {
  cup?: Cup;
  matchId?: string;
}

export class Watching {
  readonly freezer = new Freezer();
  readonly rooms: string[];
  readonly #watcher: Watcher;
  readonly #ofCup = new Map<string, Sightings>();
  readonly #ofMatch = new Map<string, Sightings>();
  readonly #cup: TournamentHandle | undefined;
  readonly #match: MatchHandle | undefined;

  constructor(
    readonly name: string,
    url: string,
    private readonly wants: Wants,
    private readonly findings: Findings,
  ) {
    const trouble = (what: string): void => {
      findings.watcherTrouble.push(`${name}: ${what}`);
    };
    this.#watcher = watch(url, {
      connect: (to, token) => {
        const socket = connectSocket(to, token);
        this.freezer.connected(socket);
        return socket;
      },
      onError: (refusal) => trouble(`token refused: ${refusal.code}`),
      onHandlerError: (error) => trouble(`a handler threw: ${String(error)}`),
    });
    const handlers = (seen: Map<string, Sightings>): Handlers => ({
      onEvent: (event: MatchEvent) => sightingsOf(seen, event.matchId).see(event),
      onResync: (resync) => trouble(`started over: ${JSON.stringify(resync)}`),
      onError: (refusal) => trouble(`join refused: ${JSON.stringify(refusal)}`),
    });
    const { cup, matchId } = wants;
    if (cup) this.#cup = this.#watcher.tournament(cup.id, handlers(this.#ofCup), { since: 0 });
    if (matchId !== undefined) this.#match = this.#watcher.match(matchId, handlers(this.#ofMatch), { since: 0 });
    this.rooms = [...(cup ? [tournamentRoom(cup.id)] : []), ...(matchId === undefined ? [] : [matchRoom(matchId)])];
  }

  get isLive(): boolean {
    return this.#watcher.state === 'live';
  }

  /** Of the slower of its subscriptions; undefined: it was frozen meanwhile. */
  recovery(since: number, next: Seqs): Recovery | null | undefined {
    if (this.freezer.wasFrozenSince(since)) return undefined;
    const { cup, matchId } = this.wants;
    const ofCup = cup && recoveryOf(this.#ofCup, cup.matchIds, since, next);
    const ofMatch = matchId === undefined ? undefined : recoveryOf(this.#ofMatch, [matchId], since, next);
    if (ofCup === null || ofMatch === null) return null;
    return ofCup && ofMatch && ofMatch.took < ofCup.took ? ofCup : (ofMatch ?? ofCup ?? null);
  }

  /** Which of its matches are not where their logs end. `ends`: by match; `ofCup`: which belong to a tournament. */
  behind(ends: Seqs, ofCup: (cupId: string) => readonly string[]): string[] {
    const { cup, matchId } = this.wants;
    const late = (id: string, seen: Map<string, Sightings>): string[] => {
      const [at, end] = [seen.get(id)?.last ?? 0, ends[id] ?? 0];
      return at < end ? [`${this.name} (${this.#watcher.state}) is at ${at} of ${end} of ${id}`] : [];
    };
    const list = [...(cup ? ofCup(cup.id).flatMap((id) => late(id, this.#ofCup)) : []), ...(matchId === undefined ? [] : late(matchId, this.#ofMatch))];
    return list.length === 0 && !this.isLive ? [`${this.name} is ${this.#watcher.state}`] : list;
  }

  verify(logs: Readonly<Record<string, MatchEvent[]>>, rows: readonly MatchSnapshot[]): void {
    const { cup, matchId } = this.wants;
    for (const row of rows) {
      if (row.tournamentId === cup?.id) this.#compare(row, this.#ofCup, this.#cup?.snapshot(row.id) ?? null, logs);
      if (row.id === matchId) this.#compare(row, this.#ofMatch, this.#match?.snapshot ?? null, logs);
    }
  }

  #compare(row: MatchSnapshot, seen: Map<string, Sightings>, snapshot: MatchSnapshot | null, logs: Readonly<Record<string, MatchEvent[]>>): void {
    const difference = sightingsOf(seen, row.id).differsFrom(logs[row.id] ?? []);
    if (difference !== undefined) this.findings.watcherLists.push(`${this.name}, ${row.id}: ${difference}`);
    if (!isDeepStrictEqual(snapshot, row)) this.findings.watcherStates.push(`${this.name}, ${row.id}: has ${JSON.stringify(snapshot)}, the row is ${JSON.stringify(row)}`);
  }

  close(): void {
    this.#watcher.close();
  }
}

function sightingsOf(seen: Map<string, Sightings>, matchId: string): Sightings {
  let sightings = seen.get(matchId);
  if (!sightings) seen.set(matchId, (sightings = new Sightings()));
  return sightings;
}
