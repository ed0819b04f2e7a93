// What each function of the language takes, for editors: which functions there are is asked of the language itself.
import type { JsonObject } from '../../lib/json.js'
import { CONDITION, fields, LIST, MAP, orCall, TEXT, tuple, VALUE } from './parts.js'

export interface Signature {
  readonly description: string
  readonly argument: JsonObject
}

const step: JsonObject = orCall({ type: ['string', 'number'] })
const name: JsonObject = { type: 'string', minLength: 1 }
const path: JsonObject = { type: 'array', minItems: 1, items: step }
const replacement = fields({ template: TEXT, params: MAP }, ['template', 'params'])
const lists = orCall({ type: 'array', items: LIST })

/** By name. A function that is not here is known to the schema all the same, with any argument. */
export const SIGNATURES: { readonly [name: string]: Signature } = {
  get_param: {
    description: 'The value of a parameter, or the part of it that a path leads to: `[name, key, …]`.',
    argument: { anyOf: [name, path] },
  },
  get_resource: { description: 'What stands for a resource; mostly its physical id.', argument: orCall(name) },
  get_attr: {
    description: 'An attribute of a resource: `[resource, attribute, key, …]`.',
    argument: path,
  },
  get_file: { description: 'The contents of a file; its name is relative to the template.', argument: orCall(name) },
  resource_facade: {
    description: 'A part of the resource that stands for this whole template.',
    argument: { enum: ['metadata', 'deletion_policy', 'update_policy'] },
  },
  list_join: {
    description: 'The items of lists as one text: `[delimiter, list, …]`.',
    argument: { type: 'array', minItems: 2, items: [TEXT], additionalItems: LIST },
  },
  str_replace: { description: 'A text in which every key of `params` is replaced.', argument: orCall(replacement) },
  str_replace_strict: {
    description: 'As str_replace, but each key must occur in the template.',
    argument: orCall(replacement),
  },
  str_replace_vstrict: {
    description: 'As str_replace_strict, and no value may be empty.',
    argument: orCall(replacement),
  },
  str_split: {
    description: 'A text cut at a delimiter, or one of its parts: `[delimiter, text, number]`.',
    argument: orCall(tuple([TEXT, TEXT, orCall({ type: ['integer', 'string'] })], 2)),
  },
  repeat: {
    description: 'A template once for each combination of values.',
    argument: orCall(
      fields(
        { template: VALUE, for_each: orCall({ type: 'object', additionalProperties: VALUE }), permutations: VALUE },
        ['template', 'for_each'],
      ),
    ),
  },
  digest: { description: 'The hash of a text: `[algorithm, text]`.', argument: orCall(tuple([TEXT, TEXT])) },
  map_merge: { description: 'Several maps as one; later ones win.', argument: orCall({ type: 'array', items: MAP }) },
  map_replace: {
    description: 'A map with other keys and values: `[map, { keys, values }]`.',
    argument: orCall(tuple([MAP, orCall(fields({ keys: MAP, values: MAP }))])),
  },
  yaql: {
    description: 'A query: `expression` over `data`, which it calls `$.data`.',
    argument: orCall(fields({ expression: TEXT, data: VALUE }, ['expression', 'data'])),
  },
  if: {
    description: 'One of two values: `[condition, value if true, value if false]`.',
    argument: tuple([CONDITION, VALUE, VALUE], 2),
  },
  filter: { description: 'A list without some values: `[values, list]`.', argument: orCall(tuple([LIST, LIST])) },
  make_url: {
    description: 'A URL from its parts.',
    argument: orCall(
      fields({
        ...Object.fromEntries(
          ['scheme', 'username', 'password', 'host', 'port', 'path', 'fragment'].map((part) => [part, TEXT]),
        ),
        query: MAP,
      }),
    ),
  },
  list_concat: { description: 'Several lists as one.', argument: lists },
  list_concat_unique: { description: 'Several lists as one, each value once.', argument: lists },
  contains: {
    description: 'Whether a value is in a list or a text: `[value, list]`.',
    argument: orCall(tuple([VALUE, VALUE])),
  },
  equals: { description: 'Whether two values are the same.', argument: tuple([VALUE, VALUE]) },
  not: { description: 'The opposite of a condition.', argument: CONDITION },
  and: { description: 'Whether all conditions are true.', argument: { type: 'array', minItems: 2, items: CONDITION } },
  or: { description: 'Whether a condition is true.', argument: { type: 'array', minItems: 2, items: CONDITION } },
}
