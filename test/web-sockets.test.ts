/** What a WebSocket is sent while it connects, byte by byte: fewer writes than the libraries make, and nothing else. */
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { NAMESPACE } from '../src/contracts/room.js';
import { openArena } from './arena/arena.js';
import { until } from './arena/until.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
});

const upgrade = (port: string, more: string[] = []): string =>
  ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', ...more, '', ''].join('\r\n');
/** RFC 6455: clients mask; a mask of zeros is one. */
const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
/** The text of the frames from here on. */
function texts(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const [header, length] = short === 126 ? [4, bytes.readUInt16BE(at + 2)] : [2, short];
    found.push(bytes.toString('utf8', at + header, at + header + length));
    at += header + length;
  }
  return found;
}

/** Everything that arrives, read by read. */
async function dial(url: string, more?: string[]) {
  const { port } = new URL(url);
  const reads: Buffer[] = [];
  const tcp = connect({ host: '127.0.0.1', port: Number(port) });
  closers.push(() => tcp.destroy());
  tcp.on('data', (read) => reads.push(read)).write(upgrade(port, more));
  const received = (): Buffer => Buffer.concat(reads);
  const framed = (): string[] => (received().includes('\r\n\r\n') ? texts(received().subarray(received().indexOf('\r\n\r\n') + 4)) : []);
  await until(() => framed().length > 0, 5_000, 'the first packet');
  return { tcp, reads, received, framed };
}

describe.each(['on', 'off'])('a WebSocket (LEAN_BROADCAST=%s)', (lean) => {
  it('is answered, opened, connected and acked, and understands nothing of compression', async () => {
    const arena = await openArena({ env: { LEAN_BROADCAST: lean } });
    closers.push(() => arena.close());
    const { tcp, reads, received, framed } = await dial(arena.at(0).url, ['Sec-WebSocket-Extensions: permessage-deflate']);
    expect(received().toString('latin1')).toMatch(/^HTTP\/1\.1 101 .*\r\n(?:.+\r\n)*\r\n/);
    expect(received().toString('latin1')).not.toMatch(/deflate/i);
    expect(framed()[0]).toMatch(/^0\{"sid":/);
    // The answer and the first packet: one write on the lean path, so one read.
    if (lean === 'on') expect(reads).toHaveLength(1);
    tcp.write(frame(`40${NAMESPACE},{}`));
    await until(() => framed().length === 2, 5_000, 'the namespace');
    expect(framed()[1]).toMatch(new RegExp(`^40${NAMESPACE},\\{"sid":`));
    tcp.write(frame(`42${NAMESPACE},7["join_match","nowhere"]`));
    await until(() => framed().length === 3, 5_000, 'the ack');
    expect(framed()[2]).toMatch(new RegExp(`^43${NAMESPACE},7\\[\\{"ok":false,"error":\\{"code":"NOT_FOUND"`));
  });
});

describe('a client that forgets the namespace', () => {
  it.each(['websocket', 'polling'])('is told which there is (%s)', async (transport) => {
    const arena = await openArena({ redis: false });
    closers.push(() => arena.close());
    const socket = io(arena.at(0).url, { transports: [transport], forceNew: true, reconnection: false });
    closers.push(() => socket.close());
    const refusal = await new Promise<Error & { data?: unknown }>((resolve, reject) => {
      socket.once('connect_error', resolve);
      socket.once('connect', () => reject(new Error('it was let in')));
    });
    expect(refusal.message).toContain(NAMESPACE);
    expect(refusal.data).toEqual({ code: 'UNKNOWN_ROUTE', message: refusal.message });
    // On the same connection: the namespace there is.
    const there = socket.io.socket(NAMESPACE).connect();
    await until(() => there.connected, 5_000, 'the namespace');
  });
});
