/** Parses a call by its endpoint's schemas, runs keyed writes once, and sets ETag and 304. */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { firstValueFrom, from, map, type Observable } from 'rxjs';
import { z } from 'zod';
import type { Endpoint as EndpointDefinition } from '../../contracts/api.js';
import { parseOrRefuse, Refusal } from '../../contracts/refusal.js';
import { Patience } from '../database/patience.js';
import { ENDPOINT, PREPARES, type GrandstandRequest } from './endpoint.js';
import { Idempotency, type Write } from './idempotency.js';
import { refuseUnstorable } from './storable.js';

@Injectable()
export class CallInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly idempotency: Idempotency,
    private readonly patience: Patience,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const endpoint = this.reflector.get<EndpointDefinition | undefined>(ENDPOINT, context.getHandler());
    if (!endpoint) return next.handle();
    const request = context.switchToHttp().getRequest<GrandstandRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const principal = request.principal ?? null;
    refuseUnstorable(request.body, 'The body');
    request.call = {
      params: endpoint.params && parseOrRefuse(endpoint.params, request.params, 'The path'),
      query: parseOrRefuse(endpoint.query ?? nothing, request.query, 'The query'),
      body: parseOrRefuse(endpoint.body ?? nothing, request.body ?? {}, 'The body'),
      principal,
      ifMatch: ifMatchOf(endpoint, request),
    };
    // As it was parsed: JSON in a query (`contains`) has escapes of its own.
    refuseUnstorable(request.call.query, 'The query');
    const key = request.headers['idempotency-key'];
    const isWrite = endpoint.method !== 'GET' && endpoint.rate.policy === 'write';
    const prepares = this.reflector.get<true | undefined>(PREPARES, context.getHandler()) ?? false;
    const handled = (): Promise<unknown> => firstValueFrom(next.handle(), { defaultValue: undefined });
    const prepare = async (): Promise<Write> => (await handled()) as Write;
    if (!isWrite || key === undefined) {
      const done = prepares ? prepare().then((write) => write()) : handled();
      return from(this.patience.during(done)).pipe(map((body) => dressed(endpoint, body, request, reply)));
    }
    const keyed = {
      principalId: principal?.userId ?? `anonymous@${request.ip}`,
      key: String(key),
      method: endpoint.method,
      path: request.url,
      body: { body: request.call.body, ifMatch: request.call.ifMatch },
      secret: endpoint.secret ?? false,
    };
    const answered = this.patience.during(prepares ? this.idempotency.prepared(keyed, endpoint.status, prepare) : this.idempotency.once(keyed, endpoint.status, handled));
    return from(answered).pipe(
      map(({ body, replayed }) => {
        if (replayed) void reply.header('idempotency-replayed', 'true');
        return dressed(endpoint, body, request, reply);
      }),
    );
  }
}

/** A route that takes no query or no body refuses what it would have ignored, each key by its name. */
const nothing = z.strictObject({}).transform(() => undefined);

function ifMatchOf(endpoint: EndpointDefinition, request: GrandstandRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || endpoint.method === 'GET') return undefined;
  if (!endpoint.ifMatch) throw new Refusal('VALIDATION_FAILED', 'If-Match means nothing on this route: it changes nothing that has an ETag');
  const match = /^(?:W\/)?"(\d{1,10})"$/.exec(header) ?? /^(\d{1,10})$/.exec(header);
  if (!match?.[1]) throw new Refusal('VALIDATION_FAILED', 'If-Match is the ETag of a GET: a number in quotes, such as "17"');
  return Number(match[1]);
}

function dressed(endpoint: EndpointDefinition, body: unknown, request: GrandstandRequest, reply: FastifyReply): unknown {
  const version = endpoint.etag && (body as Record<string, unknown> | undefined)?.[endpoint.etag];
  if (typeof version !== 'number') return body;
  const etag = `"${String(version)}"`;
  void reply.header('etag', etag);
  if (endpoint.method !== 'GET') return body;
  void reply.header('cache-control', 'no-cache');
  const seen = request.headers['if-none-match'];
  if (seen?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
    void reply.status(304);
    return undefined;
  }
  return body;
}
