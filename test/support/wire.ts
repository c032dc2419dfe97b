/** HTTP as a stranger would speak it: raw bodies, any header; and what a refusal on this wire has to look like. */
import { expect } from '@jest/globals';
import { API_PREFIX } from '../../src/contracts/api.js';
import { Problem, REFUSALS, type RefusalCode } from '../../src/contracts/refusal.js';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

export interface Sent {
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const WITHIN_MS = 20_000;

/** `path` below `/api/v1`; one that starts with `//` is taken from the root. */
export async function send(at: { url: string }, method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const body = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...sent.headers,
  };
  const url = at.url + (path.startsWith('//') ? path.slice(1) : API_PREFIX + path);
  const response = await fetch(url, { method, headers, body, signal: sent.signal ?? AbortSignal.timeout(WITHIN_MS) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Proves that a reply is this refusal in full: status, type, title and code belong together. */
export function refused(reply: Reply, code: RefusalCode): Problem {
  const got = (reply.body as { code?: string } | undefined)?.code;
  if (reply.status !== REFUSALS[code].status || got !== code) throw new Error(`${String(reply.status)} ${String(got)} instead of ${code}: ${reply.text}`);
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = Problem.strict().parse(reply.body);
  expect(problem).toMatchObject({ type: `urn:grandstand:refusal:${code}`, title: REFUSALS[code].title, status: REFUSALS[code].status });
  expect(problem.requestId).toBe(reply.headers.get('x-request-id'));
  return problem;
}

/** The paths of the fields at fault. */
export const pathsOf = (problem: Problem): string[] => (problem.details as { path: string }[]).map(({ path }) => path);

/** An answer that was given, as what it holds. */
export function given(reply: Reply, status = 200): Record<string, unknown> {
  if (reply.status !== status) throw new Error(`${String(reply.status)} instead of ${String(status)}: ${reply.text}`);
  return reply.body as Record<string, unknown>;
}
