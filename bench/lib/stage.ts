/** The parts below the servers that are measured: a PostgreSQL, a Redis, a folder, all thrown away at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { api } from '../../src/contracts/api.js';
import { RestClient } from '../../src/contracts/rest-client.js';
import { startNginx, type Nginx } from '../../src/parts/nginx.js';
import { startPostgres, type Postgres } from '../../src/parts/postgres.js';
import { startRedis, type Redis } from '../../src/parts/redis.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { Server } from './server.js';

const JWT_SECRET = 'bench-secret-bench-secret-bench-secret';

export interface Cup {
  tournamentId: string;
  matchIds: string[];
}

export class Stage {
  private readonly closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly postgres: Postgres,
    readonly redis: Redis,
    private readonly folder: string,
  ) {}

  /** PostgreSQL with its defaults, durable; `settings` on top. */
  static async open(settings: Record<string, string> = {}): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'grandstand-bench-'));
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: { shared_buffers: '256MB', ...settings } });
    const redis = await startRedis();
    const stage = new Stage(postgres, redis, folder);
    await migrate(stage.databaseUrl);
    return stage;
  }

  get databaseUrl(): string {
    return this.postgres.url('grandstand_bench');
  }

  /** Ended with the stage. */
  keep(closer: () => Promise<unknown>): void {
    this.closers.push(closer);
  }

  async instance(name: string, options: { core?: number; env?: Record<string, string>; nodeArgs?: string[] } = {}): Promise<Server> {
    const server = await Server.instance(name, {
      ...options,
      env: {
        DATABASE_URL: this.databaseUrl, REDIS_URL: this.redis.url, JWT_SECRET, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', INSTANCE_ID: name,
        RATE_WRITE_PER_10S: '10000000', RATE_READ_PER_10S: '10000000', ...options.env,
      },
    });
    this.keep(() => server.stop());
    return server;
  }

  async bare(core?: number): Promise<Server> {
    const server = await Server.bare({ REDIS_URL: this.redis.url }, core);
    this.keep(() => server.stop());
    return server;
  }

  async nginx(servers: readonly Server[]): Promise<Nginx> {
    const nginx = await startNginx({ host: '127.0.0.1', upstreamPorts: servers.map((server) => server.port), dir: join(this.folder, 'nginx') });
    this.keep(() => nginx.stop());
    return nginx;
  }

  async token(userId: string, role = 'ADMIN'): Promise<string> {
    return new SignJWT({ role }).setProtectedHeader({ alg: 'HS256' }).setSubject(userId).setExpirationTime('12h').sign(new TextEncoder().encode(JWT_SECRET));
  }

  async rest(url: string): Promise<RestClient> {
    return new RestClient(url, await this.token('bench-admin'));
  }

  /** A tournament with matches that have begun: each stands at seq 1. */
  async cup(url: string, matches: number): Promise<Cup> {
    const rest = await this.rest(url);
    const id = `cup-${Date.now().toString(36)}`;
    await rest.call(api.createTournament, { body: { id, name: 'A cup', game: 'CSGO' } });
    for (const side of ['home', 'away']) await rest.call(api.createParticipant, { params: { id }, body: { id: side, name: `Team ${side}` } });
    const matchIds = Array.from({ length: matches }, (_, index) => `${id}-m${String(index).padStart(4, '0')}`);
    for (const matchId of matchIds) {
      await rest.call(api.createMatch, { params: { id }, body: { id: matchId, homeParticipantId: 'home', awayParticipantId: 'away' } });
      await rest.call(api.startMatch, { params: { id: matchId } });
    }
    return { tournamentId: id, matchIds };
  }

  async close(): Promise<void> {
    for (const closer of this.closers.splice(0).reverse()) await closer();
    await this.redis.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs a benchmark on a stage that is closed whatever happens, Ctrl-C included. */
export async function onStage(work: (stage: Stage) => Promise<void>, settings?: Record<string, string>): Promise<void> {
  const stage = await Stage.open(settings);
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  try {
    await Promise.race([work(stage), interrupted]);
  } finally {
    await stage.close();
  }
}
