import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { api } from '../../contracts/api.js';
import { GAMES } from '../../contracts/games/index.js';
import type { GameDescription, StatsAnswer } from '../../contracts/stats.js';
import { Endpoint, GivenCall, type HandlerCall } from '../../platform/http/endpoint.js';
import { StatsService } from './stats.service.js';

/** Without the ids that OpenAPI's components go by: under an id of its own a schema is a mere reference to itself. */
const schemaOf = (stats: z.ZodType): GameDescription['schema'] => z.toJSONSchema(stats, { metadata: z.registry<z.GlobalMeta>() });
const descriptions: GameDescription[] = GAMES.map(({ name, title, numericStats, stats }) => ({ name, title, numericStats: [...numericStats], schema: schemaOf(stats) }));

@Controller()
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Endpoint(api.putStats)
  put(@GivenCall() call: HandlerCall<typeof api.putStats>): Promise<StatsAnswer> {
    return this.stats.put({ asker: call.principal, matchId: call.params.id, ifMatch: call.ifMatch }, call.body);
  }

  @Endpoint(api.listGames)
  games(): { data: GameDescription[] } {
    return { data: descriptions };
  }
}
