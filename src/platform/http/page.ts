/**
 * The page at `/` and its assets. Assets carry a hash in their names, so they
 * may be kept for a year, also by a CDN that fetches them here once; the page
 * that names them is asked for anew each time.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const YEAR_S = 31_536_000;

/** `assetsBase`: where browsers find `/assets/` instead of here. */
export async function servePage(fastify: FastifyInstance, folder: string, assetsBase: string | undefined): Promise<void> {
  await fastify.register(fastifyStatic, {
    root: path.join(folder, 'assets'),
    prefix: '/assets/',
    maxAge: YEAR_S * 1000,
    immutable: true,
    decorateReply: false,
    // A module script of another origin is taken with this header alone: a CDN hands on the one it was given.
    setHeaders: (reply) => void reply.header('access-control-allow-origin', '*'),
  });
  const built = await readFile(path.join(folder, 'index.html'), 'utf8');
  const page = assetsBase === undefined ? built : withAssetsAt(built, assetsBase);
  const etag = `"${createHash('sha256').update(page).digest('base64url')}"`;
  fastify.get('/', (request, reply) => {
    void reply.header('cache-control', 'no-cache').header('etag', etag);
    if (request.headers['if-none-match']?.includes(etag)) return reply.status(304).send();
    return reply.header('content-type', 'text/html; charset=utf-8').send(page);
  });
}

/** The page's own policy lets scripts and styles come from here alone: the other origin is added to it. */
function withAssetsAt(page: string, base: string): string {
  const { origin } = new URL(base);
  return page.replaceAll('="/assets/', `="${base}/assets/`).replace("default-src 'self';", `default-src 'self'; script-src 'self' ${origin}; style-src 'self' ${origin};`);
}
