/** Wires everything: what all modules stand on, and the modules. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CONFIG, type Config } from './config/env.js';
import { AnalyticsModule } from './modules/analytics/analytics.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { MatchesModule } from './modules/matches/matches.module.js';
import { MonitoringModule } from './modules/monitoring/monitoring.module.js';
import { NotificationsModule } from './modules/notifications/notifications.module.js';
import { RealtimeModule } from './modules/realtime/realtime.module.js';
import { StatsModule } from './modules/stats/stats.module.js';
import { TournamentsModule } from './modules/tournaments/tournaments.module.js';
import { UsersModule } from './modules/users/users.module.js';
import { CLOCK, systemClock } from './platform/clock/clock.js';
import { IdempotencyRepository } from './platform/database/idempotency.repository.js';
import { DATABASE, type Database } from './platform/database/prisma.js';
import { Patience } from './platform/database/patience.js';
import { UnitOfWork } from './platform/database/unit-of-work.js';
import { AccessGuard } from './platform/http/access.guard.js';
import { CallInterceptor } from './platform/http/call.interceptor.js';
import { Idempotency } from './platform/http/idempotency.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { RATE_LIMITS, RateLimits } from './platform/http/rate-limits.js';
import { LOGGER, type Logger } from './platform/logging/logger.js';
import { createMetrics, METRICS } from './platform/metrics/metrics.js';
import { REDIS, type RedisLinks } from './platform/redis/redis-links.js';

/** What was opened before the application and is closed after it. */
export interface Foundation {
  config: Config;
  logger: Logger;
  database: Database;
  redis: RedisLinks | null;
}

const rateLimits = (config: Config): RateLimits =>
  new RateLimits({
    read: { quota: config.RATE_READ_PER_10S, window: 10 },
    write: { quota: config.RATE_WRITE_PER_10S, window: 10 },
    login: { quota: config.RATE_LOGIN_PER_MIN, window: 60 },
  });

@Global()
@Module({})
class FoundationModule {
  static of({ config, logger, database, redis }: Foundation): DynamicModule {
    const shared = [
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: systemClock },
      { provide: LOGGER, useValue: logger },
      { provide: METRICS, useValue: createMetrics(config.INSTANCE_ID) },
      { provide: DATABASE, useValue: database },
      { provide: REDIS, useValue: redis },
      { provide: RATE_LIMITS, useValue: rateLimits(config) },
      UnitOfWork,
      IdempotencyRepository,
      Idempotency,
      Patience,
    ];
    return { module: FoundationModule, providers: shared, exports: shared };
  }
}

@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    return {
      module: AppModule,
      imports: [
        FoundationModule.of(foundation),
        AuthModule,
        UsersModule,
        TournamentsModule,
        MatchesModule,
        StatsModule,
        AnalyticsModule,
        NotificationsModule,
        RealtimeModule,
        MonitoringModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: CallInterceptor },
      ],
    };
  }
}
