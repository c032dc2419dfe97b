/**
 * Reads of the REST surface for browsers, typed by `contracts/api.ts` but
 * without its zod schemas, which are ten times the size of the watcher. Tools
 * and tests have `contracts/rest-client.ts`.
 */
import type { AnswerOf, API_PREFIX, api, ParamsIn, QueryIn } from '../contracts/api.js';
import type { RefusalCode } from '../contracts/refusal.js';

type Endpoints = (typeof api)[keyof typeof api];
type Readable = Extract<Endpoints, { method: 'GET' }>;
export type ReadPath = Readable['path'];
type At<P extends ReadPath> = Extract<Readable, { path: P }>;
export type ReadAnswer<P extends ReadPath> = AnswerOf<At<P>>;

/** Spelled in `contracts/api.ts`, whose import would bring zod along; the compiler holds the two equal. */
const PREFIX: typeof API_PREFIX = '/api/v1';

export interface ReadOptions<P extends ReadPath> {
  params?: ParamsIn<At<P>>;
  query?: QueryIn<At<P>>;
  token?: string;
  signal?: AbortSignal;
  fetch?: typeof fetch;
}

/** An answer that is not 2xx. `code` is null when it came from something in between that is not Grandstand. */
export class ReadRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: RefusalCode | null,
    message: string,
    /** From `Retry-After`. */
    readonly retryAfterMs: number | null,
  ) {
    super(message);
    this.name = 'ReadRefusal';
  }
}

/**
 * `read('http://127.0.0.1:3000', '/matches/:id', { params: { id } })`: the
 * answer's body. Throws `ReadRefusal`, and what `fetch` throws when nobody answers.
 */
export async function read<P extends ReadPath>(baseUrl: string, path: P, options: ReadOptions<P> = {}): Promise<ReadAnswer<P>> {
  const params = (options.params ?? {}) as Record<string, string>;
  const url = new URL(PREFIX + path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? '')), baseUrl);
  for (const [key, value] of Object.entries<string | undefined>(options.query ?? {})) if (value !== undefined) url.searchParams.set(key, value);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.token) headers['authorization'] = `Bearer ${options.token}`;
  const response = await (options.fetch ?? fetch)(url, { headers, signal: options.signal });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as ReadAnswer<P>;
}

async function refusalOf(response: Response): Promise<ReadRefusal> {
  const problem = (await response.json().catch(() => null)) as { code?: RefusalCode; detail?: string } | null;
  const seconds = Number(response.headers.get('retry-after'));
  return new ReadRefusal(response.status, problem?.code ?? null, problem?.detail ?? `HTTP ${String(response.status)}`, seconds > 0 ? seconds * 1000 : null);
}
