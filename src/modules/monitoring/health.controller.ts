/** Health that tells the truth: alive is this process, ready is everything behind it that a request needs. */
import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Health } from '../../contracts/monitoring.js';
import { METRICS, type Metrics } from '../../platform/metrics/metrics.js';
import { withinMs } from '../../platform/redis/redis-links.js';
import { RealtimeService } from '../realtime/realtime.service.js';
import { HealthRepository } from './health.repository.js';

/** Below the second that probes usually wait. */
const PING_MS = 900;

@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthRepository,
    private readonly realtime: RealtimeService,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Header('cache-control', 'no-store')
  live(): Health {
    return { status: 'ok', parts: {} };
  }

  /** Redis is told of but not needed: without it scores are posted, and spectators have them from the log. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const database = (await this.databaseAnswers()) ? 'ok' : 'away';
    const status = this.realtime.draining ? 'draining' : database === 'ok' ? 'ok' : 'unavailable';
    void reply.header('cache-control', 'no-store').status(status === 'ok' ? 200 : 503);
    return { status, parts: { database, redis: this.realtime.redisHealth } };
  }

  @Get('metrics')
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    this.metrics.databaseUp.set((await this.databaseAnswers()) ? 1 : 0);
    const { total, idle, waiting } = this.health.pool();
    this.metrics.databasePool.set({ state: 'total' }, total);
    this.metrics.databasePool.set({ state: 'idle' }, idle);
    this.metrics.databasePool.set({ state: 'waiting' }, waiting);
    await reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }

  private databaseAnswers(): Promise<boolean> {
    return withinMs(this.health.ping(), PING_MS);
  }
}
