import { Controller } from '@nestjs/common';
import { api } from '../../contracts/api.js';
import { isAdmin } from '../../contracts/auth.js';
import type { WebsocketStats } from '../../contracts/monitoring.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { RealtimeService } from '../realtime/realtime.service.js';

@Controller()
export class MonitoringController {
  constructor(private readonly realtime: RealtimeService) {}

  @Endpoint(api.websocketStats)
  websocketStats(@GivenCall() call: HandlerCall<typeof api.websocketStats>): Promise<WebsocketStats> {
    return this.realtime.presence.stats({ all: isAdmin(call.principal) });
  }
}
