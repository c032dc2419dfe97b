/** What nginx refuses by itself reads as the instances' own refusals do, so that a script needs one way to read an error. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { Problem, REFUSALS, type RefusalCode } from '../src/contracts/refusal.js';
import { openArena, type Arena } from './arena/arena.js';

describe('the proxy', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ redis: false, nginx: true });
  });
  afterAll(() => arena.close());

  async function answerTo(request: string): Promise<{ status: number; head: string; body: string }> {
    const socket = connect(arena.nginx.port, '127.0.0.1').setEncoding('utf8');
    socket.write(request);
    let answer = '';
    for await (const chunk of socket) answer += chunk as string;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { status: Number(answer.split(' ')[1]), head, body };
  }

  it.each<[what: string, code: RefusalCode, request: string]>([
    ['a request line that is none', 'VALIDATION_FAILED', 'GET\r\n\r\n'],
    ['a request without a host', 'VALIDATION_FAILED', 'GET /api/v1/games HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['headers without end', 'VALIDATION_FAILED', `GET /api/v1/games HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`],
    ['a path without end', 'VALIDATION_FAILED', `GET /api/v1/games?q=${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['a method that it does not pass on', 'METHOD_NOT_ALLOWED', 'TRACE /api/v1/games HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a body larger than any route takes', 'PAYLOAD_TOO_LARGE', `POST /api/v1/matches HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`],
  ])('refuses %s with %s', async (_, code, request) => {
    const { status, head, body } = await answerTo(request);
    expect(status).toBe(REFUSALS[code].status);
    expect(head).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i);
    const problem = Problem.strict().parse(JSON.parse(body));
    expect(problem).toMatchObject({ type: `urn:grandstand:refusal:${code}`, code, status, title: REFUSALS[code].title });
    expect(head).toContain(`X-Request-Id: ${problem.requestId ?? 'none'}`);
  });

  it('says that no instance answers, with the time to come back', async () => {
    await arena.at(0).kill();
    const { status, head, body } = await answerTo('GET /api/v1/games HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect([status, Problem.strict().parse(JSON.parse(body))]).toEqual([503, expect.objectContaining({ type: 'urn:grandstand:refusal:UNAVAILABLE', code: 'UNAVAILABLE', title: REFUSALS.UNAVAILABLE.title })]);
    expect(head).toMatch(/\r\nRetry-After: 1\r\n/i);
  });
});
