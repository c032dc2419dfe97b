/** OpenAPI at `/docs-json`, and at `/docs` for people. */
import type { FastifyInstance } from 'fastify';
import fastifyStatic from '@fastify/static';
// By its file: the package itself loads the whole page, a sixth of what booting took.
import absolutePath from 'swagger-ui-dist/absolute-path.js';
import { openApiDocument } from './openapi.js';

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Grandstand API</title><link rel="stylesheet" href="/docs/ui/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/ui/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>`;
const start = "window.SwaggerUIBundle({ url: '/docs-json', dom_id: '#docs', deepLinking: true });";

export async function serveDocs(fastify: FastifyInstance, version: string): Promise<void> {
  const document = JSON.stringify(openApiDocument(version));
  fastify.get('/docs-json', (_request, reply) => reply.header('content-type', 'application/json').send(document));
  fastify.get('/docs', (_request, reply) => reply.header('content-type', 'text/html; charset=utf-8').send(page));
  fastify.get('/docs/start.js', (_request, reply) => reply.header('content-type', 'text/javascript').send(start));
  await fastify.register(fastifyStatic, { root: absolutePath(), prefix: '/docs/ui/', decorateReply: false, index: false, allowedPath: (file) => /^\/swagger-ui(-bundle)?\.(css|js)$/.test(file) });
}
