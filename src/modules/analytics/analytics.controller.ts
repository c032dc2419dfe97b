import { Controller } from '@nestjs/common';
import type { Kda, TopPlayer } from '../../contracts/analytics.js';
import { api } from '../../contracts/api.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { AnalyticsService } from './analytics.service.js';

@Controller()
export class AnalyticsController {
  constructor(private readonly analytics: AnalyticsService) {}

  @Endpoint(api.topPlayers)
  async topPlayers(@GivenCall() call: HandlerCall<typeof api.topPlayers>): Promise<{ data: TopPlayer[] }> {
    return { data: await this.analytics.topPlayers(call.principal, call.query) };
  }

  @Endpoint(api.playerKda)
  kda(@GivenCall() call: HandlerCall<typeof api.playerKda>): Promise<Kda> {
    return this.analytics.playerKda(call.params.userId, call.query.game);
  }
}
