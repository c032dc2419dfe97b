/**
 * Publishes to Redis as fast as a core allows: commands written out by hand,
 * one write for all of a moment, answers counted. node-redis took 26 µs a
 * command: with 24,000 events/s it kept its core to itself for two seconds in
 * which few left, and the server, nearly idle till then, seemed to be late.
 */
import { connect, type Socket } from 'node:net';

const LINE_END = 0x0a;
const bulk = (text: string): string => `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`;

export class Publisher {
  private batch = '';
  private asked = 0;
  private answered = 0;
  /** When what was asked up to a number was written. */
  private readonly written: [upTo: number, at: number][] = [];
  private whenAnswered: (() => void) | undefined;
  /** The longest that an answer took, milliseconds. */
  answerMs = 0;

  private constructor(private readonly tcp: Socket) {
    tcp.on('data', (bytes) => {
      // Each answer is one line: `:1`, the number who heard.
      if (bytes.includes('-')) throw new Error(`Redis refused: ${bytes.toString().slice(0, 200)}`);
      for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) this.answered += 1;
      for (let first = this.written[0]; first && first[0] <= this.answered; first = this.written[0]) {
        this.answerMs = Math.max(this.answerMs, performance.now() - first[1]);
        this.written.shift();
      }
      if (this.answered === this.asked) this.whenAnswered?.();
    });
  }

  static open(url: string): Promise<Publisher> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const tcp = connect({ host: hostname, port: Number(port), noDelay: true }, () => resolve(new Publisher(tcp)));
      tcp.once('error', reject);
    });
  }

  publish(channel: string, message: string): void {
    this.batch += `*3\r\n$8\r\nSPUBLISH\r\n${bulk(channel)}${bulk(message)}`;
    this.asked += 1;
  }

  /** Writes what was published since the last time. */
  flush(): void {
    if (this.batch === '') return;
    this.tcp.write(this.batch);
    this.batch = '';
    this.written.push([this.asked, performance.now()]);
  }

  /** Resolves when Redis has answered all. */
  settled(): Promise<void> {
    if (this.answered === this.asked) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenAnswered = resolve;
    });
  }
}
