/** An event encoded once for every socket there is: as Socket.IO's text, and as the WebSocket frame that carries it. */
import { Encoder, PacketType } from 'socket.io-parser';

const encoder = new Encoder();
/** Engine.IO's type of a packet that carries a message. */
const MESSAGE = '4';
const FIN_TEXT = 0x81;

export interface Encoded {
  /** For transports that frame for themselves. */
  text: string;
  /** Complete: header and payload in one buffer, so that a write is one chunk. Servers do not mask. */
  frame: Buffer;
}

/** One event on its way to the members of its rooms. Ordinals count all that is cast here. */
export interface CastTask extends Encoded {
  ordinal: number;
  rooms: readonly string[];
  /** For a match event: whose, and which. */
  matchId?: string;
  seq?: number;
}

/** null: it holds something that is not text (binary), which takes more than one packet. */
export function encodeEvent(namespace: string, data: unknown[]): Encoded | null {
  const packets = encoder.encode({ type: PacketType.EVENT, nsp: namespace, data });
  const text = packets[0] as unknown;
  return packets.length === 1 && typeof text === 'string' ? { text, frame: frameOf(MESSAGE + text) } : null;
}

/** RFC 6455, 5.2: one final, unmasked text frame. */
export function frameOf(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FIN_TEXT;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(payload, header, 'utf8');
  return frame;
}
