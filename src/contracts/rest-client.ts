/** A typed caller of the REST surface, for tools, pages and tests: `call(api.postScore, { params, body })`. */
import { API_PREFIX, type AnswerOf, type BodyIn, type Endpoint, type ParamsIn, type QueryIn } from './api.js';
import { Problem } from './refusal.js';

type Given<Key extends string, T> = undefined extends T ? { [K in Key]?: T } : { [K in Key]: T };
export type CallOptions<E extends Endpoint> = Given<'params', ParamsIn<E>> &
  Given<'query', QueryIn<E>> &
  Given<'body', BodyIn<E>> & { idempotencyKey?: string; ifMatch?: number; token?: string | null; signal?: AbortSignal };

/** A refusal that came over HTTP. `retryAfter`: seconds. */
export class RestRefusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfter: number | undefined,
  ) {
    super(`${String(status)} ${problem.code}: ${problem.detail}`);
    this.name = 'RestRefusal';
  }
}

export interface RestAnswer<T> {
  status: number;
  data: T;
  etag: string | null;
  headers: Headers;
}

export class RestClient {
  constructor(
    /** Where the server is, without the `/api/v1`: `http://127.0.0.1:3000`. */
    readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  /** The answer's data; throws `RestRefusal` for anything but 2xx, and what `fetch` throws when nobody answers. */
  async call<E extends Endpoint>(endpoint: E, ...[options]: Partial<CallOptions<E>> extends CallOptions<E> ? [CallOptions<E>?] : [CallOptions<E>]): Promise<AnswerOf<E>> {
    return (await this.request(endpoint, options)).data;
  }

  async request<E extends Endpoint>(endpoint: E, options?: CallOptions<E>): Promise<RestAnswer<AnswerOf<E>>> {
    const { params, query, body, idempotencyKey, ifMatch, token = this.token, signal } = (options ?? {}) as {
      params?: Record<string, string>;
      query?: Record<string, string | undefined>;
      body?: unknown;
      idempotencyKey?: string;
      ifMatch?: number;
      token?: string | null;
      signal?: AbortSignal;
    };
    const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
    const url = new URL(API_PREFIX + path, this.baseUrl);
    for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(key, value);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
    if (ifMatch !== undefined) headers['if-match'] = `"${String(ifMatch)}"`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    // Sent on, a POST would arrive as a GET, which is answered too, and a token would be left behind.
    const response = await fetch(url, { method: endpoint.method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, redirect: 'manual' });
    const text = await response.text();
    if (!response.ok) throw new RestRefusal(response.status, problemOf(response, text), Number(response.headers.get('retry-after')) || undefined);
    return { status: response.status, data: (text === '' ? undefined : JSON.parse(text)) as AnswerOf<E>, etag: response.headers.get('etag'), headers: response.headers };
  }
}

/** A proxy in between may answer with a page of its own: that is said too. */
function problemOf({ status, headers }: Response, text: string): Problem {
  try {
    return Problem.parse(JSON.parse(text));
  } catch {
    const elsewhere = headers.get('location');
    const detail = elsewhere === null ? text.slice(0, 200) : `this address sends on to ${elsewhere}: use that one`;
    return { type: 'about:blank', title: 'Not an answer of Grandstand', status, detail, code: status >= 500 ? 'UNAVAILABLE' : 'INTERNAL' };
  }
}
