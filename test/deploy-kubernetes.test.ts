/** deploy/kubernetes.yaml: every field is one that Kubernetes knows, and what its documents say of each other and of the server is so. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ENV_NAMES, parseEnv } from '../src/config/env.js';
import { renderUpstreams } from '../src/parts/nginx-config.js';
import { openArena, type Arena } from './arena/arena.js';
import { faultsOf, type Manifest } from './support/kubernetes-schema.js';
import { asRendered } from './support/upstreams.js';

type Labels = Record<string, string>;
interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  name: string;
  command?: string[];
  env?: { name: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  lifecycle?: { preStop: { exec: { command: string[] } } };
  volumeMounts?: { name: string; mountPath: string }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
}
interface Pod {
  metadata: { labels?: Labels; annotations?: Labels };
  spec: { containers: Container[]; volumes?: { name: string; configMap?: { name: string } }[]; terminationGracePeriodSeconds?: number; topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[] };
}
interface Workload extends Manifest {
  spec: { replicas?: number; serviceName?: string; selector?: { matchLabels: Labels }; template: Pod };
}
interface ServiceManifest extends Manifest {
  spec: { selector: Labels; ports: { name: string; port: number; targetPort?: string | number }[] };
}
interface Budget extends Manifest {
  spec: { maxUnavailable: number; selector: { matchLabels: Labels } };
}
interface Settings extends Manifest {
  data: Record<string, string>;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const text = read('deploy/kubernetes.yaml');
const load = (): Manifest[] =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const manifests = load();
const ofKind = <M extends Manifest>(...kinds: string[]): M[] => manifests.filter(({ kind }) => kinds.includes(kind)) as M[];
const services = ofKind<ServiceManifest>('Service');
const workloads = ofKind<Workload>('Deployment', 'StatefulSet', 'Job');
const lasting = workloads.filter(({ kind }) => kind !== 'Job');
const named = <M extends Manifest>(all: M[], kind: string, name: string): M => {
  const found = all.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const instances = named(workloads, 'StatefulSet', 'grandstand');
const nginx = named(workloads, 'Deployment', 'grandstand-nginx');
const settings = named(ofKind<Settings>('ConfigMap'), 'ConfigMap', 'grandstand').data;
const upstreams = named(ofKind<Settings>('ConfigMap'), 'ConfigMap', 'grandstand-upstreams').data;
const [instance, proxy] = [instances, nginx].map(({ spec }) => spec.template.spec.containers[0]) as [Container, Container];

const selects = (selector: Labels, { metadata: { labels = {} } }: Pod): boolean => Object.entries(selector).every(([name, value]) => labels[name] === value);
const selectedBy = (selector: Labels): Workload[] => lasting.filter(({ spec }) => selects(selector, spec.template));
const probesOf = (container: Container): Probe[] => [container.readinessProbe, container.livenessProbe, container.startupProbe].filter((probe) => probe !== undefined);
const portsOf = (container: Container): string[] => (container.ports ?? []).map(({ name }) => name);
/** `kubectl create secret generic NAME --from-literal=KEY=…` in the head of the file. */
const madeByHand = (what: 'secret generic' | 'configmap', name: string): string[] | undefined => {
  const command = new RegExp(`create ${what} ${name} ((?:.*\\\\\\n)*.*)`).exec(text)?.[1];
  return command === undefined ? undefined : [...command.matchAll(/--from-(?:literal|file)=([\w.]+)=/g)].map(([, key = '']) => key);
};
/** Seconds that a preStop sleeps. */
const pauses = (container: Container): number =>
  [...(container.lifecycle?.preStop.exec.command.join(' ') ?? '').matchAll(/sleep (\d+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);

describe('deploy/kubernetes.yaml', () => {
  it('says nothing that Kubernetes does not know', () => {
    expect(Object.fromEntries(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, faultsOf(manifest)]).filter(([, faults]) => faults?.length !== 0))).toEqual({});
    expect(manifests).toHaveLength(9);
  });

  /** Where in which document, what is put there, and what has to be said about it. */
  const MISTAKES: [string, string, string, unknown, string][] = [
    ['a misspelt field', 'StatefulSet grandstand', 'spec.template.spec.containers.0.readinesProbe', { httpGet: { port: 'http' } }, '/spec/template/spec/containers/0/readinesProbe: no such field'],
    ['a field that is elsewhere', 'StatefulSet grandstand', 'spec.terminationGracePeriodSeconds', 30, '/spec/terminationGracePeriodSeconds: no such field'],
    ['an unknown field of a field', 'Deployment grandstand-nginx', 'spec.strategy.rollingUpdate.maxUnavailible', 0, '/spec/strategy/rollingUpdate/maxUnavailible: no such field'],
    ['a text where a number belongs', 'Deployment grandstand-nginx', 'spec.replicas', '2', 'data/spec/replicas must be integer'],
    ['a number where a text belongs', 'ConfigMap grandstand', 'data.PORT', 3000, 'data/data/PORT must be string'],
    ['a word that is not one of those', 'StatefulSet grandstand', 'spec.podManagementPolicy', 'Sideways', 'data/spec/podManagementPolicy must be equal to one of the allowed values'],
    ['a missing field', 'StatefulSet grandstand', 'spec.selector', undefined, 'data/spec must have required property selector'],
    ['a service without a port', 'Service grandstand', 'spec.ports.0.port', undefined, 'data/spec/ports/0 must have required property port'],
    ['an unknown kind', 'PodDisruptionBudget grandstand', 'kind', 'PodDisruptionBudgets', 'policy/v1 PodDisruptionBudgets: no such kind'],
    ['a version that is gone', 'PodDisruptionBudget grandstand', 'apiVersion', 'policy/v1beta1', 'policy/v1beta1 PodDisruptionBudget: no such kind'],
  ];
  it.each(MISTAKES)('would be found to have %s', (_, document, path, value, fault) => {
    const manifest = load().find(({ kind, metadata }) => `${kind} ${metadata.name}` === document);
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const at = keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], manifest) as Record<string, unknown>;
    at[last] = value;
    if (value === undefined) Reflect.deleteProperty(at, last);
    expect(manifest && faultsOf(manifest)).toEqual([fault]);
  });

  it('lets every service reach a port of exactly the pods that it names', () => {
    for (const { metadata, spec } of services) {
      const [found, ...more] = selectedBy(spec.selector);
      expect(more).toEqual([]);
      const open = found?.spec.template.spec.containers.flatMap(({ ports = [] }) => ports) ?? [];
      for (const { port, targetPort = port } of spec.ports) {
        expect({ service: metadata.name, reached: open.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort) }).toEqual({ service: metadata.name, reached: true });
      }
    }
  });

  it('lets every workload own its pods, and no other one’s', () => {
    for (const { metadata, spec } of lasting) expect(selectedBy(spec.selector?.matchLabels ?? {}).map((each) => each.metadata.name)).toEqual([metadata.name]);
    for (const { labelSelector } of instances.spec.template.spec.topologySpreadConstraints ?? []) expect(selectedBy(labelSelector.matchLabels)).toEqual([instances]);
  });

  it('keeps all but one of each while nodes are drained, and that is some', () => {
    const budgets = ofKind<Budget>('PodDisruptionBudget');
    const kept = budgets.map(({ spec }) => selectedBy(spec.selector.matchLabels).map((each) => [each.metadata.name, (each.spec.replicas ?? 1) - spec.maxUnavailable]));
    expect(kept).toEqual([[['grandstand', 2]], [['grandstand-nginx', 1]]]);
  });

  it('takes settings from what is in here, or is said to be made by hand', () => {
    for (const container of workloads.flatMap(({ spec }) => spec.template.spec.containers)) {
      for (const { configMapRef, secretRef } of container.envFrom ?? []) {
        if (configMapRef) named(manifests, 'ConfigMap', configMapRef.name);
        if (secretRef) expect(madeByHand('secret generic', secretRef.name)).toBeDefined();
      }
    }
    for (const { spec } of workloads) {
      const { containers, volumes = [] } = spec.template.spec;
      expect(containers.flatMap(({ volumeMounts = [] }) => volumeMounts).map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
      for (const { configMap } of volumes) expect(madeByHand('configmap', configMap?.name ?? '')).toEqual(['nginx.conf.template']);
    }
  });

  it('sets nothing that the server does not read, and nothing that it refuses', () => {
    const given = { ...settings, DATABASE_URL: 'postgresql://db/grandstand', REDIS_URL: 'redis://redis:6379', JWT_SECRET: 'x'.repeat(64) };
    const byHand = madeByHand('secret generic', 'grandstand') ?? [];
    expect(byHand.sort()).toEqual(['DATABASE_URL', 'JWT_SECRET', 'REDIS_URL']);
    const names = [...Object.keys(given), ...(instance.env ?? []).map(({ name }) => name)];
    expect(names.filter((name) => !ENV_NAMES.includes(name))).toEqual([]);
    expect(parseEnv({ ...given, INSTANCE_ID: 'grandstand-0' })).toMatchObject({ NODE_ENV: 'production', PORT: instance.ports?.[0]?.containerPort });
  });

  it('runs what the image holds', () => {
    const commands = workloads.flatMap(({ spec }) => spec.template.spec.containers).flatMap(({ command }) => command?.[0] === 'node' ? [command[1] ?? ''] : []);
    expect(commands).toEqual(['dist/launcher/migrate.js']);
    for (const path of commands) expect(existsSync(new URL(`../${path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts')}`, import.meta.url))).toBe(true);
  });

  it('kills nobody who is still moving sockets over', () => {
    // As src/platform/http/stop.ts has it: a moment to be noticed, the drain, and five seconds for open requests.
    const leaving = pauses(instance) + 0.5 + Number(settings['DRAIN_MS']) / 1000 + 5;
    expect(instances.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(leaving);
    const shutdown = Number(/worker_shutdown_timeout (\d+)s;/.exec(read('nginx.conf'))?.[1]);
    expect(pauses(proxy)).toBeGreaterThan(shutdown);
    expect(nginx.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(pauses(proxy));
  });

  it('tells nginx of every instance by the name that it has, and of nobody else', () => {
    const { replicas = 0, serviceName = '' } = instances.spec;
    const port = String(instance.ports?.[0]?.containerPort);
    named(services, 'Service', serviceName);
    const ordinals = Array.from({ length: replicas }, (_, ordinal) => ordinal);
    const addresses = ordinals.map((ordinal) => `grandstand-${String(ordinal)}.${serviceName}.grandstand.svc.cluster.local:${port}`);
    // Sessions are named by the pod, and pods are counted from 0.
    let said = asRendered(upstreams['GRANDSTAND_UPSTREAMS'] ?? '');
    for (const ordinal of ordinals) said = said.replaceAll(`"~^grandstand-${String(ordinal)}\\."`, `"~^${String(ordinal)}\\."`);
    const rendered = renderUpstreams(addresses).replace(/(grandstand_|"~\^)(\d)/g, (_, before: string, number: string) => `${before}${String(Number(number) - 1)}`);
    expect(said).toBe(rendered);
    const placeholders = [...read('nginx.conf').matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    expect(Object.keys(upstreams)).toEqual(expect.arrayContaining(placeholders));
    expect(upstreams['GRANDSTAND_LISTEN']).toBe(String(proxy.ports?.[0]?.containerPort));
    expect((instance.env ?? [])[0]).toEqual({ name: 'INSTANCE_ID', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } });
  });

  describe('asks', () => {
    let arena: Arena;
    beforeAll(async () => {
      arena = await openArena({ instances: 1 });
    });
    afterAll(() => arena.close());

    it('only what the server answers, on ports that are open', async () => {
      const { annotations = {} } = instances.spec.template.metadata;
      expect(annotations['prometheus.io/port']).toBe(String(instance.ports?.[0]?.containerPort));
      const probes = [...probesOf(instance), ...probesOf(proxy)];
      expect(probes).toHaveLength(4);
      for (const container of [instance, proxy]) for (const { httpGet } of probesOf(container)) expect(portsOf(container)).toContain(httpGet.port);
      for (const path of [...probes.map(({ httpGet }) => httpGet.path), annotations['prometheus.io/path'] ?? '']) {
        const { status } = await fetch(`${arena.instances[0]?.url ?? ''}${path}`);
        expect({ path, status }).toEqual({ path, status: 200 });
      }
    });
  });
});
