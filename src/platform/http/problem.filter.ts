import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorFields, LOGGER, type Logger } from '../logging/logger.js';
import { METRICS, type Metrics } from '../metrics/metrics.js';
import { answerProblem, refusalOf } from './problem.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = refusalOf(error);
    this.metrics.refusals.inc({ code: refusal.code, wire: 'rest' });
    // The route, not the URL: a query may hold anything, a token too.
    if (refusal.status >= 500) this.logger.error({ event: 'request_failed', requestId: request.id, method: request.method, route: request.routeOptions.url ?? 'none', code: refusal.code, ...errorFields(error) });
    if (reply.sent) return;
    answerProblem(reply, refusal, request);
  }
}
