/** One instance: opens what it stands on, serves, and closes in order when told to. */
import './platform/runtime/tier-up.js';
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { EnvError, parseEnv, type Config } from './config/env.js';
import { API_PREFIX } from './contracts/api.js';
import { RealtimeService } from './modules/realtime/realtime.service.js';
import { TournamentIoAdapter } from './modules/realtime/io-adapter.js';
import { openDatabase } from './platform/database/prisma.js';
import { serveDocs } from './platform/http/docs.js';
import { createFastify, tuneFastify } from './platform/http/fastify.js';
import { stopOnSignals } from './platform/http/stop.js';
import { servePage } from './platform/http/page.js';
import { logOutput } from './platform/logging/log-output.js';
import { createLogger, errorFields, type Logger } from './platform/logging/logger.js';
import { METRICS, type Metrics } from './platform/metrics/metrics.js';
import { openRedis } from './platform/redis/redis-links.js';

const VERSION = '0.1.0';
/**
 * Connections that may wait to be accepted: as many as the kernel lets
 * (`net.core.somaxconn`). Beyond, it drops them without a word, and who was
 * dropped tries again after 1, 3, 7, 15 s: with Node's own 511 the last of a
 * storm stood outside for seconds while the instances were idle.
 */
const BACKLOG = 65_535;
const pageFolder = fileURLToPath(new URL('./web/', import.meta.url));

async function serve(config: Config, logger: Logger): Promise<void> {
  const database = openDatabase({
    url: config.DATABASE_URL,
    max: config.DATABASE_POOL,
    patienceMs: config.DATABASE_PATIENCE_MS,
    onError: (error) => {
      logger.warn({ event: 'database_connection_lost', ...errorFields(error) });
    },
  });
  const redis = config.REDIS_URL === undefined ? null : await openRedis(config.REDIS_URL, logger);
  if (!redis) logger.warn({ event: 'no_redis', hint: 'this instance serves alone: set REDIS_URL to run several' });

  const adapter = createFastify(config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of({ config, logger, database, redis }), adapter, { logger: ['error', 'warn'], bodyParser: false, abortOnError: false });
  tuneFastify(adapter.getInstance(), { logger, metrics: app.get<Metrics>(METRICS) });
  app.setGlobalPrefix(API_PREFIX.slice(1), { exclude: ['health/live', 'health/ready', 'metrics'] });
  if (config.CORS_ORIGINS.length > 0) app.enableCors({ origin: [...config.CORS_ORIGINS], methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], exposedHeaders: ['etag', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id', 'idempotency-replayed', 'x-data-source', 'x-data-as-of'] });
  const realtime = app.get(RealtimeService);
  app.useWebSocketAdapter(new TournamentIoAdapter(app, config, redis));
  await serveDocs(adapter.getInstance(), VERSION);
  if (existsSync(pageFolder)) await servePage(adapter.getInstance(), pageFolder, config.ASSETS_BASE_URL);

  const close = async (): Promise<void> => {
    await app.close();
    await redis?.close();
    await database.close();
    logger.info({ event: 'stopped' });
  };
  // Before anybody can know that it is there: a signal right after that must not find it without a handler.
  stopOnSignals({ http: adapter.getHttpServer<HttpServer>(), drain: (withinMs) => realtime.drain(withinMs), close, drainMs: config.DRAIN_MS, exit: output.exit, logger });

  await app.listen({ port: config.PORT, host: config.HOST, backlog: BACKLOG });
  logger.info({ event: 'listening', url: await app.getUrl(), pid: process.pid });
}

function readConfig(): Config {
  try {
    return parseEnv(process.env);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

const config = readConfig();
const output = logOutput();
const logger = createLogger({ level: config.LOG_LEVEL, instanceId: config.INSTANCE_ID, output: output.stream });
process.on('unhandledRejection', (error) => {
  logger.fatal({ event: 'unhandled_rejection', ...errorFields(error) });
  output.exit(70);
});
serve(config, logger).catch((error: unknown) => {
  logger.fatal({ event: 'boot_failed', ...errorFields(error) });
  output.exit(1);
});
