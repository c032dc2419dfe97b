import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { readUnwantedBodies } from './unwanted-body.js';

let fastify: FastifyInstance;
beforeAll(async () => {
  fastify = Fastify({ bodyLimit: 100 });
  readUnwantedBodies(fastify, 50);
  fastify.post('/', () => 'taken');
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => fastify.close());

it('answers and cuts off whoever never comes to an end', async () => {
  const socket = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[1,');
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk as string;
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*\r\nconnection: close\r\n/i);
});
