/** Randomness that a seed decides: the same seed tells the same story. sfc32, seeded by SHA-256. */
import { createHash } from 'node:crypto';

export class SeededRandom {
  readonly #state: Uint32Array;

  constructor(...seed: readonly string[]) {
    const hash = createHash('sha256').update(JSON.stringify(seed)).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => hash.readUInt32LE(index * 4));
  }

  /** 0 up to, not including, 1. */
  next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const t = (a + b + d) >>> 0;
    this.#state[3] = d + 1;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = c + (c << 3);
    this.#state[2] = ((c << 21) | (c >>> 11)) + t;
    return t / 4_294_967_296;
  }

  /** Both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items.map((item) => ({ item, place: this.next() })).sort((a, b) => a.place - b.place).map(({ item }) => item);
  }
}
