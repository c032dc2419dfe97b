/** Fastify as Grandstand wants it: body limits by route, JSON alone that may be absent, request ids, times. */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/env.js';
import { BODY_LIMIT, type Endpoint } from '../../contracts/api.js';
import { Refusal } from '../../contracts/refusal.js';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { KnownPaths } from './known-paths.js';
import { answerProblem, refusalOf } from './problem.js';
import { readUnwantedBodies } from './unwanted-body.js';

const REQUEST_ID = /^[A-Za-z0-9_.-]{1,64}$/;

export function createFastify(config: Config): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: [...config.TRUST_PROXY],
    // A proxy's id is taken over, so that one id follows a request through all logs.
    genReqId: (request: { headers: Record<string, unknown> }) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 200 },
    // What the router itself refuses never reaches Nest's filter: a path that cannot be decoded, a parameter without end.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', request.id);
      answerProblem(reply, refusalOf(error), request);
    },
    forceCloseConnections: 'idle',
    keepAliveTimeout: 75_000,
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Put there by `@Endpoint`. */
    endpoint?: Endpoint;
  }
}

/** Guarded by test/rest-wire.test.ts. */
function readJsonAlone(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  // Fastify would also take text/plain, as a string that no route means.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, given, done) => {
    const body = given as Buffer;
    const encoding = request.headers['content-encoding'] ?? 'identity';
    // Refusals of ours: Nest makes nameless ones of Fastify's own errors.
    if (body.length === 0) done(null, undefined);
    else if (encoding !== 'identity') done(new Refusal('UNSUPPORTED_MEDIA_TYPE', `Send the body as it is, without Content-Encoding: ${encoding}`));
    // Read as UTF-8 all the same, a name in Latin-1 would be kept with its letters lost.
    else if (!isUtf8(body)) done(new Refusal('MALFORMED_JSON', 'The body is not UTF-8, which JSON is written in'));
    else {
      void parse(request, body.toString(), (error, parsed) => {
        done(error ? new Refusal('MALFORMED_JSON', 'The body is not valid JSON') : null, parsed);
      });
    }
  });
  // `POST /start` has nothing to say: an empty body is no body, whatever its content type.
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(body.length === 0 ? null : new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json'), undefined);
  });
}

/** To be called before routes are registered. */
export function tuneFastify(fastify: FastifyInstance, { logger, metrics }: { logger: Logger; metrics: Metrics }): void {
  const paths = new KnownPaths();
  fastify.addHook('onRoute', (route) => {
    paths.add(route.url, [route.method].flat());
    const limit = route.config?.endpoint?.bodyLimit;
    if (limit !== undefined) route.bodyLimit = limit;
  });
  // After the hook that lets pages of other origins read the answer, before a body that nobody will have is read.
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    if (request.is404) paths.refuseWrongMethod(request.method, request.url.split('?')[0] ?? '');
    done();
  });
  readJsonAlone(fastify);
  readUnwantedBodies(fastify);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    void reply.header('x-content-type-options', 'nosniff');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    metrics.httpSeconds.observe({ method: request.method, route, status: reply.statusCode }, seconds);
    // The path without its query, and only of what was answered: anything may stand in what people ask for, an email too.
    const path = reply.statusCode < 400 ? request.url.split('?')[0] : undefined;
    logger.debug({ event: 'request', requestId: request.id, method: request.method, route, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
    done();
  });
}
