/** OpenAPI 3.1, generated from the definitions that route and validate. */
import { z } from 'zod';
import { api, API_PREFIX, type Endpoint } from '../../contracts/api.js';
import { Problem, REFUSALS, type RefusalCode } from '../../contracts/refusal.js';

type Json = Record<string, unknown>;

const ALWAYS: readonly RefusalCode[] = ['VALIDATION_FAILED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL'];
/** A token that is sent has to be good, also where none is needed. */
const WITH_TOKEN: readonly RefusalCode[] = ['TOKEN_INVALID', 'TOKEN_EXPIRED'];
const WITHOUT_TOKEN: readonly RefusalCode[] = ['UNAUTHENTICATED', 'FORBIDDEN'];
const WITH_BODY: readonly RefusalCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** Schemas with an id become components, written once and referred to. */
class Components {
  readonly schemas: Json = {};

  schema(type: z.ZodType, io: 'input' | 'output'): Json {
    const { $defs, $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Json & { $defs?: Record<string, Json> };
    for (const [name, definition] of Object.entries($defs ?? {})) this.schemas[name] ??= moved({ ...definition, id: undefined, $id: undefined });
    const { id } = type.meta() ?? {};
    if (id === undefined) return moved(schema);
    this.schemas[id] ??= moved({ ...schema, id: undefined, $id: undefined });
    return { $ref: `#/components/schemas/${id}` };
  }
}

/** `#/$defs/X` as it stands in one schema, to `#/components/schemas/X` as it stands in the document. */
const moved = (schema: Json): Json => JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;

export function openApiDocument(version: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const [operationId, endpoint] of Object.entries(api)) {
    const path = (API_PREFIX + endpoint.path).replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = operationOf(operationId, endpoint, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Grandstand',
      version,
      description:
        'Live scores for esports tournaments. Every write takes `Idempotency-Key`; a write to a match takes `If-Match: "<seq>"`. Errors are RFC 9457 problem details with a `code` of a closed list, the same over the socket; a path asked with a method that is not its own answers 405, `METHOD_NOT_ALLOWED`, with `Allow`.',
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: components.schemas, securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A JWT, or an API key `gs_…`' } } },
  };
}

const isKeyed = ({ method, rate }: Endpoint): boolean => method !== 'GET' && rate.policy === 'write';
const isConditional = ({ method, etag }: Endpoint): boolean => method === 'GET' && etag !== undefined;

function operationOf(operationId: string, endpoint: Endpoint, components: Components): Json {
  const { access } = endpoint;
  const needsToken = access !== 'public' && access !== 'credentials';
  const isWrite = endpoint.method !== 'GET';
  const codes = new Set<RefusalCode>([...endpoint.refuses, ...ALWAYS, ...(access === 'credentials' ? [] : WITH_TOKEN), ...(needsToken ? WITHOUT_TOKEN : []), ...(isWrite ? WITH_BODY : []), ...(isKeyed(endpoint) ? (['IDEMPOTENCY_KEY_REUSED'] as const) : []), ...(endpoint.ifMatch ? (['STALE'] as const) : [])]);
  return {
    operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    security: needsToken ? [{ bearer: [] }] : access === 'public' ? [{}, { bearer: [] }] : [],
    parameters: [...parametersOf(endpoint.params, 'path', components), ...parametersOf(endpoint.query, 'query', components), ...headersOf(endpoint)],
    ...(endpoint.body ? { requestBody: { required: true, content: { 'application/json': { schema: components.schema(endpoint.body, 'input') } } } } : {}),
    responses: { [endpoint.status]: answerOf(endpoint, components), ...(isConditional(endpoint) ? { 304: { description: 'The ETag is still the one in If-None-Match: no body' } } : {}), ...refusalsOf([...codes], components) },
  };
}

function parametersOf(type: z.ZodType | undefined, where: 'path' | 'query', components: Components): Json[] {
  if (!(type instanceof z.ZodObject)) return [];
  return Object.entries(type.shape as Record<string, z.ZodType>).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || !schema.safeParse(undefined).success,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    schema: valueOf(schema, components),
  }));
}

/** A number in a query is text that means a number: its bounds and its default are those of what it is parsed to. */
function valueOf(schema: z.ZodType, components: Components): Json {
  const parsed = components.schema(schema, 'output');
  return parsed['type'] === 'integer' ? parsed : components.schema(schema, 'input');
}

function headersOf(endpoint: Endpoint): Json[] {
  const header = (name: string, description: string): Json => ({ name, in: 'header', required: false, description, schema: { type: 'string' } });
  if (isConditional(endpoint)) return [header('If-None-Match', 'Answers 304 when this is still the ETag')];
  if (!isKeyed(endpoint)) return [];
  return [
    header('Idempotency-Key', '1 to 200 characters; the same write sent again is answered as the first time, for 24 hours'),
    ...(endpoint.ifMatch ? [header('If-Match', 'The ETag this write is conditional on; stale: 412 with the current state')] : []),
  ];
}

function answerOf(endpoint: Endpoint, components: Components): Json {
  const headers = {
    RateLimit: { description: 'Credits left and seconds until they are back', schema: { type: 'string' } },
    ...(endpoint.etag ? { ETag: { description: endpoint.etag === 'answer' ? 'A hash of the answer' : `The ${endpoint.etag} in quotes`, schema: { type: 'string' } } } : {}),
  };
  return { description: endpoint.summary, headers, ...(endpoint.answer ? { content: { 'application/json': { schema: components.schema(endpoint.answer, 'output') } } } : {}) };
}

function refusalsOf(codes: RefusalCode[], components: Components): Record<string, Json> {
  const schema = components.schema(Problem, 'output');
  const grouped = new Map<number, RefusalCode[]>();
  for (const code of codes) grouped.set(REFUSALS[code].status, [...(grouped.get(REFUSALS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...grouped].map(([status, group]) => [
      status,
      { description: group.map((code) => `\`${code}\`: ${REFUSALS[code].title}`).join('  \n'), content: { 'application/problem+json': { schema } } },
    ]),
  );
}
