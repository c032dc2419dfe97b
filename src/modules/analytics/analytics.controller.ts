import { createHash } from 'node:crypto';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { api } from '../../contracts/api.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { AnalyticsService, type Prepared } from './analytics.service.js';

@Controller()
export class AnalyticsController {
  constructor(private readonly analytics: AnalyticsService) {}

  @Endpoint(api.topPlayers)
  async topPlayers(@GivenCall() call: HandlerCall<typeof api.topPlayers>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.topPlayers(call.principal, call.query), request, reply);
  }

  @Endpoint(api.leaderboard)
  async leaderboard(@GivenCall() call: HandlerCall<typeof api.leaderboard>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.leaderboard(call.principal, call.query), request, reply);
  }

  @Endpoint(api.playerKda)
  async kda(@GivenCall() call: HandlerCall<typeof api.playerKda>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.playerKda(call.principal, call.params.userId, call.query), request, reply);
  }

  @Endpoint(api.playerPage)
  async playerPage(@GivenCall() call: HandlerCall<typeof api.playerPage>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.playerPage(call.params.userId, call.query.lastMatches), request, reply);
  }

  @Endpoint(api.searchStats)
  async search(@GivenCall() call: HandlerCall<typeof api.searchStats>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.search(call.principal, call.query), request, reply);
  }

  @Endpoint(api.tournamentAnalytics)
  async tournament(@GivenCall() call: HandlerCall<typeof api.tournamentAnalytics>, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return this.send(await this.analytics.tournament(call.principal, call.params.id), request, reply);
  }

  /**
   * A cache on the way may hold what anybody may see, and asks with the ETag before it answers: exact stays exact, and an
   * unchanged ranking costs a 304. An answer from a replica says so, since it is exact as of what the replica has replayed,
   * and when the last commit was made that it holds for certain.
   */
  private send({ json, public: open, replayed }: Prepared, request: FastifyRequest, reply: FastifyReply): unknown {
    const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 27)}"`;
    void reply.header('etag', etag);
    void reply.header('cache-control', open ? 'public, no-cache' : 'private, no-cache');
    void reply.header('x-data-source', replayed ? 'replica; exact as of its last replayed commit' : 'primary; exact');
    if (replayed?.at != null) void reply.header('x-data-as-of', replayed.at);
    if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
      void reply.status(304);
      return undefined;
    }
    // As text: what came out of the cache is not parsed only to be written again.
    void reply.header('content-type', 'application/json; charset=utf-8');
    return json;
  }
}
