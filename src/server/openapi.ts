// The description of the interface in OpenAPI 3.1, made from the same values that are served: it cannot say anything else.
import type { JsonObject } from '../lib/json.js'
import type { Answer, Call, Route } from './route.js'

function describeApi(routes: readonly Route[], version: string): JsonObject {
  const paths: { [path: string]: JsonObject } = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: "Isotherm: Heat's Orchestration API",
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: { Error: ERROR, Problem: PROBLEM }, securitySchemes: SCHEMES },
  }
}

function operation(route: Route): JsonObject {
  const { path, operation: id, summary, access, query, body, status, method, asks, warns, told } = route
  const inPath = [...path.matchAll(/:(\w+)/g)].map(
    ([, name = '']): JsonObject => ({ name, in: 'path', required: true, schema: { type: 'string' } }),
  )
  const inQuery = Object.entries(query ?? {}).map(
    ([name, { description, ...schema }]): JsonObject => ({
      name,
      in: 'query',
      required: false,
      ...(description !== undefined && { description }),
      schema,
    }),
  )
  const schema = told ?? (warns && WARNED)
  const refusal: JsonObject = { $ref: '#/components/schemas/Error' }
  return {
    operationId: id.replace(/[^\w]+/g, '_'),
    summary,
    parameters: [...inPath, ...inQuery, ...(method !== 'GET' && !asks && path.includes(':tenant') ? [KEY] : [])],
    ...(body && { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: { description: 'as asked for', ...(schema && { content: { 'application/json': { schema } } }) },
      default: {
        description: 'a refusal',
        content: {
          'application/json': { schema: refusal },
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
    security: access === 'open' ? [] : Object.keys(SCHEMES).map((name): JsonObject => ({ [name]: [] })),
    'x-access': access,
  }
}

const KEY: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same request with the same key within a day happens once, and is answered the same.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const SCHEMES: JsonObject = {
  token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
  password: { type: 'http', scheme: 'basic' },
}

const TEXT: JsonObject = { type: 'string' }
const PROBLEMS: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    required: ['path', 'message'],
    properties: {
      file: TEXT,
      line: { type: 'integer' },
      column: { type: 'integer' },
      path: TEXT,
      message: TEXT,
      hint: TEXT,
      severity: { enum: ['error', 'warning'], description: 'Absent: error.' },
    },
  },
}

const WARNED: JsonObject = {
  type: 'object',
  properties: {
    warnings: { ...PROBLEMS, description: 'What is read all the same, but surely not meant. Absent: nothing.' },
  },
}

const ERROR: JsonObject = {
  type: 'object',
  required: ['code', 'title', 'explanation', 'error'],
  properties: {
    code: { type: 'integer' },
    title: TEXT,
    explanation: TEXT,
    error: {
      type: 'object',
      required: ['type', 'message', 'traceback'],
      properties: { type: TEXT, message: TEXT, traceback: { type: 'null' }, problems: PROBLEMS },
    },
  },
}

const PROBLEM: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: 'integer' },
    detail: TEXT,
    instance: TEXT,
    problems: PROBLEMS,
  },
}

/** The description describes itself, too. */
export function withDescription(routes: readonly Route[], version: string): Route[] {
  const all: Route[] = [
    ...routes,
    {
      method: 'GET',
      path: '/openapi.json',
      operation: 'openapi',
      summary: 'this description',
      access: 'open',
      status: 200,
      answer: async ({ origin }: Call): Promise<Answer> => ({ body: { ...described, servers: [{ url: origin }] } }),
    },
  ]
  const described = describeApi(all, version)
  return all
}
