/** The little of WebSocket, Engine.IO and Socket.IO that a load client needs. */
import { NAMESPACE } from '../../src/contracts/room.js';

/** To a command. */
export interface Answer {
  ok: boolean;
  data?: { match?: { seq: number }; missed?: { seq: number }[]; complete?: boolean };
  error?: { code: string };
}

/** RFC 6455: clients mask; a mask of zeros is one, and costs nothing. */
export function clientFrame(text: string, opcode = 1): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 6 : 8;
  const frame = Buffer.alloc(header + length);
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, header, 'utf8');
  return frame;
}

export const upgradeRequest = (host: string): string =>
  ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join('\r\n');

export const connectPacket = (token: string | undefined): Buffer => clientFrame(`40${NAMESPACE},${JSON.stringify(token === undefined ? {} : { token })}`);
export const commandPacket = (ack: number, name: string, payload: unknown): Buffer => clientFrame(`42${NAMESPACE},${String(ack)}${JSON.stringify([name, payload])}`);
export const PONG = clientFrame('3');
export const CLOSE = clientFrame('', 8);

/** Where the event's name begins in a payload `42/tournaments,["name",…`. */
const NAME_AT = 2 + NAMESPACE.length + 1 + 2;
/** Engine.IO's packet types: open, ping, message. */
export const ZERO = 0x30;
export const FOUR = 0x34;
export const TWO = 0x32;

/** Whether the payload at `at` is a `score_update`: by the two letters that no other event shares. */
export const isScore = (bytes: Buffer, at: number): boolean => bytes[at] === FOUR && bytes[at + 1] === TWO && bytes[at + NAME_AT] === 0x73 && bytes[at + NAME_AT + 1] === 0x63;
/** `heartbeat` and `viewers`: counted, not read. */
export const isChatter = (bytes: Buffer, at: number): boolean => bytes[at + NAME_AT] === 0x68 || bytes[at + NAME_AT] === 0x76;

const AT = Buffer.from('"at":"');
const SEQ = Buffer.from('"seq":');
const HOUR_MS = 3_600_000;
const digit = (bytes: Buffer, at: number): number => (bytes[at] ?? 48) - 48;

/** Where an event's `seq` and the time of its instant begin, relative to its payload. */
interface Layout {
  seq: number;
  stamp: number;
}
/** By payload length. An event that was read from the log has its fields in another order than one that was heard: each is looked at before it is believed. */
const layouts: Layout[] = [];

export function layoutOf(bytes: Buffer, at: number, length: number): Layout {
  const known = layouts[length];
  if (known && bytes[at + known.stamp - 1] === 0x22 && bytes[at + known.stamp - 4] === 0x74 && bytes[at + known.stamp + 10] === 0x54 && bytes[at + known.seq - 1] === 0x3a && bytes[at + known.seq - 3] === 0x71) return known;
  const payload = bytes.subarray(at, at + length);
  const found = { seq: payload.indexOf(SEQ) + SEQ.length, stamp: payload.indexOf(AT) + AT.length };
  layouts[length] = found;
  return found;
}

/** Milliseconds since the instant that begins at `at`, as long as that is less than half an hour. */
export function ageOf(bytes: Buffer, at: number, now: number): number {
  const minute = digit(bytes, at + 14) * 10 + digit(bytes, at + 15);
  const second = digit(bytes, at + 17) * 10 + digit(bytes, at + 18);
  const ms = digit(bytes, at + 20) * 100 + digit(bytes, at + 21) * 10 + digit(bytes, at + 22);
  const age = ((now % HOUR_MS) - ((minute * 60 + second) * 1000 + ms) + HOUR_MS) % HOUR_MS;
  return age > HOUR_MS / 2 ? 0 : age;
}

export function seqAt(bytes: Buffer, from: number): number {
  let seq = 0;
  for (let at = from; ; at += 1) {
    const value = digit(bytes, at);
    if (value < 0 || value > 9) return seq;
    seq = seq * 10 + value;
  }
}
