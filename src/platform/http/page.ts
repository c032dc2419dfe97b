/** The page at `/` and its assets. Assets carry a hash in their names, so they may be kept for a year. */
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const YEAR_S = 31_536_000;

export async function servePage(fastify: FastifyInstance, folder: string): Promise<void> {
  await fastify.register(fastifyStatic, { root: path.join(folder, 'assets'), prefix: '/assets/', maxAge: YEAR_S * 1000, immutable: true, decorateReply: true });
  fastify.get('/', (_request, reply) => reply.header('cache-control', 'no-cache').sendFile('index.html', folder, { maxAge: 0, immutable: false, cacheControl: false }));
}
