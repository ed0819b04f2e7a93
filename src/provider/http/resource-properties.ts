// The properties of Isotherm::Http::Resource. Their descriptions are what `isotherm types` shows.
import type { PropertySchemas } from '../contract.js'
import { POINTER_PATTERN } from './pointer.js'

const pointer = { type: 'string', pattern: POINTER_PATTERN } as const
const requestFields = {
  method: { type: 'string', pattern: '^[A-Z]+$' },
  url: { type: 'string' },
  headers: { type: 'object', additionalProperties: { type: 'string' } },
  body: {},
} as const
const request = { type: 'object', properties: requestFields, additionalProperties: false } as const
const texts = { additionalProperties: { type: 'string' } } as const
const CLASSES = ['retry', 'throttled', 'conflict', 'notFound', 'invalid', 'fatal'] as const

export const resourceProperties = {
  url: {
    type: 'string',
    required: true,
    schema: { pattern: '^https?://' },
    description: 'Where things of this kind are created, for example https://api.example.com/things.',
  },
  body: {
    type: 'any',
    onChange: 'update',
    description:
      'What the thing is to be; sent as JSON (a text: as it is) by create and update, and compared by check.',
  },
  secret_body: {
    type: 'map',
    secret: true,
    onChange: 'update',
    description: 'Merged into `body` when it is sent, and never shown.',
  },
  headers: { type: 'map', onChange: 'update', schema: texts, description: 'Sent with every request.' },
  secret_headers: {
    type: 'map',
    secret: true,
    onChange: 'update',
    schema: texts,
    description: 'Sent with every request and never shown, for example { authorization: Bearer … }. No placeholders.',
  },
  id: {
    type: 'string',
    default: '/id',
    onChange: 'update',
    schema: { minLength: 1 },
    description:
      'Where the id of the thing is: a JSON pointer into the answer to create; `location` for the last part of its ' +
      'Location header; or a text with placeholders for ids that are chosen here, such as {token}.',
  },
  attributes: {
    type: 'map',
    onChange: 'update',
    schema: { additionalProperties: pointer },
    description:
      'Further attributes by name, each a JSON pointer into the answer ("" is all of it). Those that the answer to create ' +
      'or update does not tell are read.',
  },
  create: {
    type: 'map',
    onChange: 'update',
    schema: request,
    description: 'How to create: method (POST), url ({url}), headers, body ({body}).',
  },
  read: {
    type: 'map',
    onChange: 'update',
    schema: request,
    description: 'How to read: method (GET), url ({url}/{id}), headers.',
  },
  update: {
    type: 'map',
    onChange: 'update',
    schema: request,
    description: 'How to update in place: method (PUT), url ({url}/{id}), headers, body ({body}). See `replace_on`.',
  },
  delete: {
    type: 'map',
    onChange: 'update',
    schema: request,
    description:
      'How to delete: method (DELETE), url ({url}/{id}), headers, body. After a 202 the thing is read until it is gone.',
  },
  find: {
    type: 'map',
    onChange: 'update',
    schema: {
      properties: { ...requestFields, items: pointer, where: { type: 'object' }, id: pointer },
      additionalProperties: false,
    },
    description:
      'How to find what an interrupted create has made: method (GET), url ({url}?token={token}), headers; `items`, a ' +
      'pointer to the list of candidates in the answer; `where`, values that a candidate has by pointer, for example ' +
      '{ /labels/token: "{token}" }; `id`, a pointer into the candidate. Without `find` the create is sent again, so the ' +
      'far side has to recognise its token.',
  },
  ready: {
    type: 'map',
    onChange: 'update',
    schema: {
      required: ['pointer', 'equals'],
      properties: {
        ...requestFields,
        pointer,
        equals: {},
        fails: { type: 'array' },
        id: pointer,
        interval_seconds: { type: 'number', minimum: 0.1, maximum: 3600 },
      },
      additionalProperties: false,
    },
    description:
      'When a created or updated thing is ready: once the value at `pointer` equals `equals`; one of the values `fails` ' +
      'means that it never will be. Until then it is asked for every `interval_seconds` (2), or as Retry-After says: method ' +
      '(GET), url (that of read; {location} for an address that the answer gave), headers; `id`, a pointer to the id there. ' +
      'Without `ready` any 2xx is the end, 202 too.',
  },
  thing_at: {
    type: 'string',
    default: '',
    onChange: 'update',
    schema: { pattern: POINTER_PATTERN },
    description:
      'Where the thing is in the answer to read, for example /data; its keys are compared with those of `body`.',
  },
  replace_on: {
    type: 'list',
    onChange: 'update',
    schema: { items: pointer },
    description:
      'JSON pointers into `body`: when one of these values changes, a new thing is made ("": at any change).',
  },
  idempotency_header: {
    type: 'string',
    default: 'Idempotency-Key',
    onChange: 'update',
    description: 'The header that carries the token of a create; empty for none.',
  },
  error_classes: {
    type: 'map',
    onChange: 'update',
    schema: {
      propertyNames: { pattern: '^[1-5](xx|\\d\\d)$' },
      additionalProperties: { enum: [...CLASSES] },
    },
    description: `What a status means, where it is not the usual: { "422": retry, 5xx: fatal }. One of ${CLASSES.join(', ')}.`,
  },
  timeout_seconds: {
    type: 'number',
    default: 30,
    onChange: 'update',
    schema: { exclusiveMinimum: 0, maximum: 600 },
    description: 'Seconds that one request may take.',
  },
} as const satisfies PropertySchemas
