/**
 * Every way Grandstand says no: one closed list, the same over REST (problem
 * details) and over the socket (the ack's `error`). A code never changes its
 * meaning; `status` is the HTTP status it travels with.
 */
import { z } from 'zod';

export const REFUSALS = {
  VALIDATION_FAILED: { status: 400, title: 'The request does not have the shape this route takes' },
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  UNAUTHENTICATED: { status: 401, title: 'This needs a token' },
  TOKEN_INVALID: { status: 401, title: 'The token was not accepted' },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired: get a new one' },
  CREDENTIALS_INVALID: { status: 401, title: 'Name or password is wrong' },
  FORBIDDEN: { status: 403, title: 'This token may not do that' },
  NOT_FOUND: { status: 404, title: 'There is no such thing, or it is not yours to see' },
  UNKNOWN_ROUTE: { status: 404, title: 'There is no such route: see /docs' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This path takes other methods: see Allow' },
  ALREADY_EXISTS: { status: 409, title: 'That id or name is taken' },
  INVALID_TRANSITION: { status: 409, title: 'The match is not in a state that allows this' },
  STALE: { status: 412, title: 'The match has moved on: look at `current`, then decide again' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is larger than this route takes' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Send application/json' },
  UNPROCESSABLE: { status: 422, title: 'The request is well formed but cannot be true' },
  UNKNOWN_REFERENCE: { status: 422, title: 'The body names something that does not exist' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This Idempotency-Key was used for another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests: wait as long as Retry-After says' },
  UNKNOWN_COMMAND: { status: 400, title: 'There is no such socket command' },
  CURSOR_AHEAD: { status: 400, title: '`since` or `after` lies ahead of what has happened: start again from where it stands' },
  UNAVAILABLE: { status: 503, title: 'A part this needs is away: try again as Retry-After says' },
  DRAINING: { status: 503, title: 'This instance is shutting down: connect again' },
  INTERNAL: { status: 500, title: 'Something broke on our side; it has been logged' },
} as const satisfies Record<string, { status: number; title: string }>;

export type RefusalCode = keyof typeof REFUSALS;
export const RefusalCode = z.enum(Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]).meta({ id: 'RefusalCode' });

/** The part of a refusal that both wires share. `details` depends on the code: the fields at fault, `{ current }`, or `{ allow }`. */
export const RefusalBody = z.object({ code: RefusalCode, message: z.string(), details: z.unknown().optional() }).meta({ id: 'Refusal' });
export type RefusalBody = z.infer<typeof RefusalBody>;

/** RFC 9457. `details` lists the fields at fault; `current` is the state a stale write ran into. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: RefusalCode,
    requestId: z.string().optional(),
    details: z.unknown().optional(),
    current: z.unknown().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** A field at fault, by its path in the body or query: `lines.3.stats.kills`. */
export const FieldFault = z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldFault' });
export type FieldFault = z.infer<typeof FieldFault>;

/** The refusal itself, thrown anywhere below the wire and turned into a problem or an ack at its edge. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly details?: unknown,
    /** Seconds after which trying again makes sense (429, 503). */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'Refusal';
  }

  get status(): number {
    return REFUSALS[this.code].status;
  }

  body(): RefusalBody {
    return { code: this.code, message: this.message, ...(this.details === undefined ? {} : { details: this.details }) };
  }
}

/** What zod found wrong, as fields with paths. */
export function faultsOf(error: z.ZodError): FieldFault[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'unknown key' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
}

/** Parses or refuses with every field at fault named. */
export function parseOrRefuse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error);
  const first = faults[0];
  const where = first?.path ? `${what} at ${first.path}` : what;
  throw new Refusal('VALIDATION_FAILED', `${where}: ${first?.message ?? 'invalid'}`, faults);
}
