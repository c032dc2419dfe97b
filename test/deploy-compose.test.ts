/** docker-compose.yml and the Dockerfile: every field is one that Compose knows, and what they say of each other and of the server is so. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ENV_NAMES, parseEnv } from '../src/config/env.js';
import { renderUpstreams } from '../src/parts/nginx-config.js';
import { openArena, type Arena } from './arena/arena.js';
import { asRendered } from './support/upstreams.js';

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  networks: string[];
  volumes?: string[];
  stop_grace_period?: string;
}
interface Compose {
  services: Record<string, Service>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
}

const at = (path: string): URL => new URL(`../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(at(path), 'utf8');
const load = (): Compose => parse(read('docker-compose.yml'), { merge: true }) as Compose;
const compose = load();
const services = Object.entries(compose.services);
const instances = services.filter(([name]) => name.startsWith('instance-'));
const { nginx } = compose.services;

// The schema of the Compose specification, as dclint ships it beside its code.
const require = createRequire(import.meta.url);
const dclint = dirname(require.resolve('dclint/package.json'));
const { $schema: _, ...schema } = JSON.parse(readFileSync(join(dclint, 'schemas', 'compose.schema.json'), 'utf8')) as Record<string, unknown>;
const validate = new Ajv({ strict: false, allErrors: true, logger: false }).compile(schema);
const faultsOf = (file: unknown): string[] => (validate(file) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${Object.values(params as object).join()}`));

const distOf = (path: string): URL => at(path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'));

describe('docker-compose.yml', () => {
  it('says nothing that Compose does not know', () => {
    expect(faultsOf(compose)).toEqual([]);
  });

  it.each<[string, (file: Record<string, Record<string, Record<string, unknown>>>) => void, string]>([
    ['a misspelt field', (file) => (file['services']!['nginx']!['healtcheck'] = {}), "/services/nginx must NOT have additional properties healtcheck"],
    ['a misspelt field of a field', (file) => (file['services']!['redis']!['healthcheck'] = { test: 'NONE', intervall: '2s' }), '/services/redis/healthcheck must NOT have additional properties intervall'],
    ['a text where a number belongs', (file) => (file['services']!['instance-1']!['ulimits'] = { nofile: { soft: true, hard: 1 } }), '/services/instance-1/ulimits/nofile/soft must be integer,string integer,string'],
    ['a text where a list belongs', (file) => (file['services']!['nginx']!['ports'] = '3000:80'), '/services/nginx/ports must be array array'],
    ['a condition that there is not', (file) => (file['services']!['nginx']!['depends_on'] = { redis: { condition: 'service_ready' } }), '/services/nginx/depends_on/redis/condition must be equal to one of the allowed values service_started,service_healthy,service_completed_successfully'],
  ])('would be found to have %s', (__, spoil, fault) => {
    const file = load();
    spoil(file as never);
    expect(faultsOf(file)).toContain(fault);
  });

  it('lets everybody wait for somebody who is there, and who can say how he is', () => {
    for (const [, { depends_on: waits = {} }] of services) {
      for (const [name, { condition }] of Object.entries(waits)) {
        expect(compose.services[name]).toBeDefined();
        if (condition === 'service_healthy') expect(compose.services[name]?.healthcheck).toBeDefined();
      }
    }
    expect(Object.keys(nginx?.depends_on ?? {})).toEqual(instances.map(([name]) => name));
  });

  it('uses the networks, the volumes and the files that are there', () => {
    for (const [, { networks, volumes = [] }] of services) {
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) expect(existsSync(at(source))).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('sets nothing that the server does not read, and nothing that it refuses', () => {
    for (const [name, { environment = {} }] of instances) {
      expect(Object.keys(environment).filter((key) => !ENV_NAMES.includes(key))).toEqual([]);
      // As Compose fills them in.
      const filled = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value.replace(/\$\{\w+:([?-])([^}]*)\}/g, (___, kind: string, text: string) => (kind === '?' ? 'x'.repeat(64) : text))]));
      expect(parseEnv(filled)).toMatchObject({ NODE_ENV: 'production', PORT: 3000, INSTANCE_ID: name.replace('instance-', '') });
    }
    expect(instances).toHaveLength(3);
  });

  it('gives an instance the time to move its sockets over', () => {
    const { DRAIN_MS } = parseEnv({ DATABASE_URL: 'postgresql://db/g', JWT_SECRET: 'x'.repeat(64) });
    // As src/platform/http/stop.ts has it: a moment to be noticed, the drain, and five seconds for open requests.
    for (const [, service] of instances) expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(0.5 + DRAIN_MS / 1000 + 5);
  });

  it('tells nginx of the instances as the launcher would, by names that are asked anew', () => {
    // Compose writes a dollar as two.
    const upstreams = (nginx?.environment?.['GRANDSTAND_UPSTREAMS'] ?? '').replaceAll('$$', '$');
    expect(asRendered(upstreams)).toBe(renderUpstreams(instances.map(([name]) => `${name}:3000`)));
    expect(Object.keys(nginx?.environment ?? {})).toEqual(expect.arrayContaining([...read('nginx.conf').matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)));
  });

  it('runs what the image holds', () => {
    const files = services.flatMap(([, { command = [], healthcheck }]) => [...command, ...(healthcheck?.test ?? [])]).filter((word) => word.startsWith('dist/'));
    expect(new Set(files)).toEqual(new Set(['dist/launcher/migrate.js', 'dist/launcher/healthy.js']));
    for (const file of files) expect(existsSync(distOf(file))).toBe(true);
  });
});

describe('The image', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ instances: 1 });
  });
  afterAll(() => arena.close());

  const healthcheck = /^HEALTHCHECK .*\n +CMD (\[.*\])$/m.exec(read('Dockerfile'))?.[1] ?? '[]';
  const [, script = ''] = JSON.parse(healthcheck) as string[];
  const ask = (port: number): Promise<number | null> =>
    new Promise((resolve, reject) => {
      spawn(process.execPath, [script], { cwd: at('.'), env: { PORT: String(port) }, stdio: 'ignore' }).once('error', reject).once('exit', resolve);
    });

  it('is healthy when its instance is ready, and not when nobody answers', async () => {
    expect(await ask(arena.instances[0]?.port ?? 0)).toBe(0);
    expect(await ask(1)).toBe(1);
    for (const [, service] of instances) expect(service.healthcheck?.test).toEqual(['CMD', ...(JSON.parse(healthcheck) as string[])]);
  });
});
