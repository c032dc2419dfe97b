/** The crowd: hundreds of spectators in a process of their own, so that what they cost is not what is measured. */
import { noFindings, type AskName, type Asks, type Cup, type Request, type Response } from './crowd-wire.js';
import { RawSocket } from './raw-socket.js';
import { Watching, type Wants } from './watching.js';

const findings = noFindings();
const watchings: Watching[] = [];
const raws: RawSocket[] = [];
const everybody = () => [...watchings, ...raws];

/** Two of five watch a match, two a tournament, one both at once; all matches and tournaments alike. */
function wantsOf(index: number, cups: readonly Cup[]): Wants {
  const cup = cups[index % cups.length];
  const matchIds = cups.flatMap((each) => each.matchIds);
  const own = cup?.matchIds[Math.floor(index / cups.length) % cup.matchIds.length];
  const kind = index % 5;
  if (kind < 2) return { matchId: matchIds[(index * 7) % matchIds.length] };
  return kind < 4 ? { cup: cups[Math.floor(index / 5) % cups.length] } : { cup, matchId: own };
}

type Answers = { [Name in AskName]: (give: Asks[Name]['give']) => Asks[Name]['get'] };

const answers: Answers = {
  open: ({ url, direct, watchers, raws: count, cups }) => {
    for (let index = 0; index < watchers; index += 1) watchings.push(new Watching(`watcher ${index}`, url, wantsOf(index, cups), findings));
    const matchIds = cups.flatMap((cup) => cup.matchIds);
    for (let index = 0; index < count; index += 1) {
      const at = [url, ...direct][index % (direct.length + 1)] ?? url;
      const raw = new RawSocket(`raw ${index}${at === url ? '' : ' (direct)'}`, at, matchIds[index % matchIds.length] ?? '', findings, at !== url);
      if (index % 2 === 1) raw.hop();
      raws.push(raw);
    }
    return null;
  },
  freeze: ({ watchers, raws: count, from: start }) => {
    const frozen: number[] = [];
    const take = (from: number, to: number, wanted: number): void => {
      const size = to - from;
      const first = Math.floor(start * size);
      for (let step = 0, taken = 0; step < size && taken < wanted; step += 1) {
        const index = from + ((first + step) % size);
        if (!everybody()[index]?.freezer.freeze()) continue;
        frozen.push(index);
        taken += 1;
      }
    };
    take(0, watchings.length, watchers);
    take(watchings.length, watchings.length + raws.length, count);
    return frozen;
  },
  stay: () => {
    for (const raw of raws) raw.stay();
    return null;
  },
  thaw: ({ frozen }) => {
    for (const index of frozen) everybody()[index]?.freezer.thaw();
    return null;
  },
  recovery: ({ since, next }) => everybody().map((each) => each.recovery(since, next)).filter((recovery) => recovery !== undefined),
  behind: ({ ends, ofCups }) => [...watchings.flatMap((each) => each.behind(ends, (id) => ofCups[id] ?? [])), ...raws.flatMap((each) => each.behind(ends))],
  verify: ({ logs, rows }) => {
    for (const each of watchings) each.verify(logs, rows);
    for (const each of raws) each.verify(logs);
    return findings;
  },
  counts: () => {
    const rooms: Record<string, number> = {};
    const joined = [...watchings.filter((each) => each.isLive).flatMap((each) => each.rooms), ...raws.filter((each) => each.isLive).map((each) => each.room)];
    for (const room of joined) rooms[room] = (rooms[room] ?? 0) + 1;
    return { connected: everybody().filter((each) => each.isLive).length, rooms };
  },
  findings: () => findings,
  close: () => {
    for (const each of everybody()) each.close();
    return null;
  },
};

function answer({ id, name, give }: Request): Response {
  try {
    // Each answer takes what its own ask gives; the compiler sees only that both are of some ask.
    return { id, got: (answers[name] as (give: unknown) => unknown)(give) };
  } catch (error) {
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: Request) => process.send?.(answer(request)));
process.once('disconnect', () => process.exit(0));
