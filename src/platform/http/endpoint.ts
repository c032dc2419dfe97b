/**
 * `@Endpoint(api.postScore)` puts a handler on its route: method, path and
 * status for Nest, the definition for guard, interceptor and OpenAPI.
 */
import { applyDecorators, createParamDecorator, HttpCode, RequestMapping, RequestMethod, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Call, Endpoint as EndpointDefinition } from '../../contracts/api.js';
import type { Principal } from '../../contracts/auth.js';

export const ENDPOINT = 'grandstand:endpoint';

/** What the guard and the interceptor leave on the request for those after them. */
export interface GrandstandRequest extends FastifyRequest {
  principal?: Principal | null;
  call?: Call<EndpointDefinition> & { principal: Principal | null; ifMatch: number | undefined };
}

/** What a handler is given: the parsed call, who makes it, and the seq it is conditional on. */
export interface HandlerCall<E extends EndpointDefinition> extends Call<E> {
  principal: E['access'] extends 'public' | 'credentials' ? Principal | null : Principal;
  ifMatch: number | undefined;
}

export const Endpoint = (definition: EndpointDefinition): MethodDecorator =>
  applyDecorators(
    RequestMapping({ path: definition.path, method: RequestMethod[definition.method] }),
    HttpCode(definition.status),
    SetMetadata(ENDPOINT, definition),
    RouteConfig({ endpoint: definition }),
  );

export const PREPARES = 'grandstand:prepares';

/** The handler answers with its write instead of doing it: what takes long, such as hashing a password, is done before a connection is held. */
export const Prepares = (): MethodDecorator => SetMetadata(PREPARES, true);

export const GivenCall = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<GrandstandRequest>().call);
