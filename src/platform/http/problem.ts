/** The one place where an error becomes an answer: a refusal's problem details, or a 500 that says nothing. */
import { HttpException } from '@nestjs/common';
import { Refusal, REFUSALS, type Problem, type RefusalCode } from '../../contracts/refusal.js';
import { isOutage } from '../database/outage.js';

/** Seconds a client is asked to wait while a part is away. */
const OUTAGE_RETRY_AFTER = 1;

const OF_FASTIFY: Record<string, [RefusalCode, string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body is not valid JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['MALFORMED_JSON', 'The body is empty'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is larger than this route takes (16 KiB, 1 MiB for stats)'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['VALIDATION_FAILED', 'The Content-Length is not that of the body'],
  FST_ERR_BAD_URL: ['VALIDATION_FAILED', 'The URL cannot be decoded'],
  FST_ERR_MAX_PARAM_LENGTH: ['VALIDATION_FAILED', 'An id has at most 64 characters'],
};

const OF_STATUS: Partial<Record<number, [RefusalCode, string]>> = {
  400: ['VALIDATION_FAILED', 'The request could not be read'],
  404: ['UNKNOWN_ROUTE', 'There is no such route: see /docs'],
  413: ['PAYLOAD_TOO_LARGE', 'The body is larger than this route takes'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json'],
};

/** Any error as the refusal it is; `INTERNAL` for what nobody foresaw. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SyntaxError && 'statusCode' in error) return new Refusal('MALFORMED_JSON', 'The body is not valid JSON');
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? OF_FASTIFY[code] : undefined;
  if (known) return new Refusal(...known);
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const byStatus = typeof status === 'number' ? OF_STATUS[status] : undefined;
  if (byStatus) return new Refusal(...byStatus);
  if (isOutage(error)) return new Refusal('UNAVAILABLE', 'The database is away; nothing was changed by this request unless it was already committed: send it again', undefined, OUTAGE_RETRY_AFTER);
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
