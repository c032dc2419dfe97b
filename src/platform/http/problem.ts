/** The one place where an error becomes an answer: a refusal's problem details, or a 500 that says nothing. */
import { HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, REFUSALS, type Problem, type RefusalCode } from '../../contracts/refusal.js';
import { isOutage } from '../database/outage.js';

/** Seconds a client is asked to wait while a part is away. */
const OUTAGE_RETRY_AFTER = 1;

/** What Fastify's router says by itself. Everything else of Fastify's comes through Nest, which leaves only its status. */
const OF_FASTIFY: Record<string, [RefusalCode, string]> = {
  FST_ERR_BAD_URL: ['VALIDATION_FAILED', 'The URL cannot be decoded'],
  FST_ERR_MAX_PARAM_LENGTH: ['VALIDATION_FAILED', 'An id has at most 64 characters'],
};

const OF_STATUS: Partial<Record<number, [RefusalCode, string]>> = {
  400: ['VALIDATION_FAILED', 'The request could not be read'],
  404: ['UNKNOWN_ROUTE', 'There is no such route: see /docs'],
  413: ['PAYLOAD_TOO_LARGE', 'The body is larger than this route takes (16 KiB, 1 MiB for stats)'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json'],
};

/** Any error as the refusal it is; `INTERNAL` for what nobody foresaw. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? OF_FASTIFY[code] : undefined;
  if (known) return new Refusal(...known);
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const byStatus = typeof status === 'number' ? OF_STATUS[status] : undefined;
  if (byStatus) return new Refusal(...byStatus);
  if (isOutage(error)) return new Refusal('UNAVAILABLE', 'The database is away or has more to do than it can; nothing was changed by this request unless it was already committed: send it again', undefined, OUTAGE_RETRY_AFTER);
  return new Refusal('INTERNAL', 'Something broke on our side; it has been logged');
}

export function problemOf(refusal: Refusal, request: { url?: string; id?: string }): Problem {
  const current = refusal.code === 'STALE' ? (refusal.details as { current?: unknown } | undefined)?.current : undefined;
  return {
    type: `urn:grandstand:refusal:${refusal.code}`,
    title: REFUSALS[refusal.code].title,
    status: refusal.status,
    detail: refusal.message,
    instance: request.url,
    code: refusal.code,
    requestId: request.id,
    ...(current !== undefined ? { current } : refusal.details !== undefined ? { details: refusal.details } : {}),
  };
}

/** Sends a refusal with all the headers that belong to it. */
export function answerProblem(reply: FastifyReply, refusal: Refusal, request: FastifyRequest): void {
  if (refusal.retryAfter !== undefined) void reply.header('retry-after', String(refusal.retryAfter));
  if (refusal.code === 'METHOD_NOT_ALLOWED') void reply.header('allow', (refusal.details as { allow: string[] }).allow.join(', '));
  if (refusal.status === 401) void reply.header('www-authenticate', 'Bearer');
  const url = typeof request.url === 'string' ? request.url.split('?')[0] : undefined;
  void reply.status(refusal.status).header('content-type', 'application/problem+json').send(JSON.stringify(problemOf(refusal, { url, id: request.id })));
}
