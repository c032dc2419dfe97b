/**
 * What Grandstand is measured against: Socket.IO with its Redis adapter and a
 * handler that joins a room. No auth, no log, no cursors, no budget, no metrics.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from '@redis/client';
import { Server } from 'socket.io';
import { matchRoom, NAMESPACE } from '../../src/contracts/room.js';

type Ack = (answer: { ok: true; data: { room: string } }) => void;
interface Commands {
  join_match: (matchId: string, ack: Ack) => void;
  leave_match: (matchId: string, ack: Ack) => void;
}

const commands = createClient({ url: process.env['REDIS_URL'] });
const subscriber = commands.duplicate();
await Promise.all([commands.connect(), subscriber.connect()]);

const http = createServer();
const io = new Server<Commands>(http, { adapter: createAdapter(commands, subscriber), pingInterval: 30_000, pingTimeout: 20_000, serveClient: false });
io.of(NAMESPACE).on('connection', (socket) => {
  socket.on('join_match', (matchId, ack) => {
    void socket.join(matchRoom(matchId));
    ack({ ok: true, data: { room: matchRoom(matchId) } });
  });
  socket.on('leave_match', (matchId, ack) => {
    void socket.leave(matchRoom(matchId));
    ack({ ok: true, data: { room: matchRoom(matchId) } });
  });
});
http.listen(0, '127.0.0.1', 4096, () => {
  console.log(JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}` }));
});
