/** How many commands a socket may send in a window: two numbers on the socket, no timer. */
import { Refusal } from '../../contracts/refusal.js';
import type { SocketData } from './tournament-socket.js';

const WINDOW_MS = 10_000;

export function spendCommand(data: SocketData, quota: number, now: number): void {
  const { commands } = data;
  // A clock that was set back began no window in the future: half an hour back was `wait 1620 s`.
  if (now < commands.windowStart || now - commands.windowStart >= WINDOW_MS) {
    commands.windowStart = now;
    commands.used = 0;
  }
  commands.used += 1;
  if (commands.used > quota) {
    const seconds = Math.max(1, Math.ceil((commands.windowStart + WINDOW_MS - now) / 1000));
    throw new Refusal('RATE_LIMITED', `More than ${String(quota)} commands in ${String(WINDOW_MS / 1000)} s: wait ${String(seconds)} s`, { retryAfter: seconds }, seconds);
  }
}
