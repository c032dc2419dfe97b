/**
 * Which methods each path takes, so that a wrong method (405, with `Allow`)
 * is told from a wrong path (404). Asked once the router has found nothing.
 */
import { Refusal } from '../../contracts/refusal.js';

interface KnownPath {
  /** As it was routed: `:id` stands for any one part. */
  parts: readonly string[];
  methods: Set<string>;
}

export class KnownPaths {
  private readonly paths = new Map<string, KnownPath>();

  /** Paths with `*` are left out: whether there is such a file, only its route knows. */
  add(path: string, methods: readonly string[]): void {
    if (path.includes('*')) return;
    const known = this.paths.get(path) ?? { parts: path.split('/'), methods: new Set() };
    for (const method of methods) known.methods.add(method);
    this.paths.set(path, known);
  }

  /** Refuses a method that this path does not take; says nothing of a path that is none. */
  refuseWrongMethod(method: string, path: string): void {
    const parts = path.split('/');
    const allow = [...this.paths.values()].find((known) => fits(known.parts, parts))?.methods;
    if (!allow || allow.has(method)) return;
    const methods = [...allow].sort();
    throw new Refusal('METHOD_NOT_ALLOWED', `${method} is none of the methods of this path: ${methods.join(', ')}`, { allow: methods });
  }
}

const fits = (known: readonly string[], parts: readonly string[]): boolean =>
  known.length === parts.length && known.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]));
