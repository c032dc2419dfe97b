/**
 * What the Kubernetes API would say to a manifest, in the words of its own
 * OpenAPI schema as `kubernetes-models` ships it, compiled.
 */
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
}

/** Throws what does not fit. */
type Validate = (this: unknown) => void;
interface Model {
  apiVersion: string;
  kind: string;
  prototype: { validate(): void };
}

const MODELS = new Map<string, Validate>(
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the manifest in its place
  ([ConfigMap, Service, Job, StatefulSet, Deployment, PodDisruptionBudget] as unknown as Model[]).map(({ apiVersion, kind, prototype }) => [`${apiVersion} ${kind}`, prototype.validate]),
);

/**
 * Schemas of Kubernetes allow unknown fields (`kubectl` does not, nor does this): a validator that
 * was compiled from one looks at every field that the schema knows, so who it never
 * looked at is unknown.
 */
function watched(value: unknown, path: string, unseen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const within = (key: string): string => `${path}/${key}`;
  const fields = new Map(Object.entries(value).map(([key, field]) => [key, watched(field, within(key), unseen)]));
  for (const key of fields.keys()) unseen.add(within(key));
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string' || !fields.has(key)) return Reflect.get(target, key) as unknown;
      unseen.delete(within(key));
      return fields.get(key);
    },
  });
}

/** What is wrong with it, by the path of the field; nothing for a good one. */
export function faultsOf(manifest: Manifest): string[] {
  const validate = MODELS.get(`${manifest.apiVersion} ${manifest.kind}`);
  if (!validate) return [`${manifest.apiVersion} ${manifest.kind}: no such kind`];
  const unseen = new Set<string>();
  try {
    validate.call(watched(manifest, '', unseen));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  // What lies within an unknown field is not told of again.
  return [...unseen].filter((path) => !unseen.has(path.slice(0, path.lastIndexOf('/')))).map((path) => `${path}: no such field`);
}
