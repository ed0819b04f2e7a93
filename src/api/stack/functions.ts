// The functions of the template language as functions of a program. Each only writes its call down; it is worked out when
// the template is read or, where it waits for a resource, when the stack is brought about.
import type { Json, JsonObject } from '../../lib/json.js'
import { Condition, Expression } from './expression.js'
import type { Input, JsonInput } from './input.js'

type Text = Input<string>
type List = Input<Json[]>
type Map = Input<JsonObject>

/** What can be true or false before anything exists. */
export type ConditionInput = Condition | Expression<boolean> | boolean

export interface UrlParts {
  readonly scheme?: Text
  readonly username?: Text
  readonly password?: Text
  readonly host?: Text
  readonly port?: Input<number> | string
  readonly path?: Text
  readonly query?: Map
  readonly fragment?: Text
}

const call = <T>(name: string, argument: unknown): Expression<T> => new Expression<T>({ [name]: argument })
const condition = (name: string, argument: unknown): Condition => new Condition({ [name]: argument })

function choose<A extends JsonInput, B extends JsonInput>(test: ConditionInput, yes: A, no: B): Expression<never>
function choose<A extends JsonInput>(test: ConditionInput, yes: A): Expression<never>
function choose(test: ConditionInput, ...branches: JsonInput[]): Expression<never> {
  return call('if', [test, ...branches])
}

export const fn = {
  /** The items of lists as one text. Maps and lists among them become JSON. */
  join: (delimiter: Text, ...lists: List[]) => call<string>('list_join', [delimiter, ...lists]),
  /** A text in which every key of `params` is replaced. */
  strReplace: (template: Text, params: Map) => call<string>('str_replace', { template, params }),
  /** As strReplace, but each key must occur in the template. */
  strReplaceStrict: (template: Text, params: Map) => call<string>('str_replace_strict', { template, params }),
  /** As strReplaceStrict, and no value may be empty. */
  strReplaceVstrict: (template: Text, params: Map) => call<string>('str_replace_vstrict', { template, params }),
  /** A text cut at a delimiter. */
  split: (delimiter: Text, text: Text) => call<string[]>('str_split', [delimiter, text]),
  /** One part of a text that is cut at a delimiter. */
  part: (delimiter: Text, text: Text, index: Input<number>) => call<string>('str_split', [delimiter, text, index]),
  /** The value as JSON text. */
  json: (value: JsonInput) => call<string>('list_join', ['', [value]]),
  /** One of two values; without the second, the field or item is left out where the condition is false. */
  if: choose,
  /** A template once for each combination of values, which replace the variables in its texts. */
  repeat: (template: JsonInput, forEach: { readonly [variable: string]: List | Map }, permutations?: boolean) =>
    call<Json[]>('repeat', { template, for_each: forEach, ...(permutations !== undefined && { permutations }) }),
  /** The hash of a text, in hexadecimal digits. */
  digest: (algorithm: string, text: Text) => call<string>('digest', [algorithm, text]),
  /** Several maps as one; later ones win. */
  mapMerge: (...maps: Map[]) => call<JsonObject>('map_merge', maps),
  /** A map with other keys and values. */
  mapReplace: (map: Map, changes: { readonly keys?: Map; readonly values?: Map }) =>
    call<JsonObject>('map_replace', [map, changes]),
  /** A query over `data`, which the expression calls `$.data`. */
  yaql: (expression: string, data: JsonInput) => call<never>('yaql', { expression, data }),
  /** A list without some values. */
  filter: (values: List, list: List) => call<Json[]>('filter', [values, list]),
  /** A URL from its parts, each encoded as its place asks. */
  makeUrl: (parts: UrlParts) => call<string>('make_url', parts),
  /** Several lists as one. */
  listConcat: (...lists: List[]) => call<Json[]>('list_concat', lists),
  /** Several lists as one, each value once. */
  listConcatUnique: (...lists: List[]) => call<Json[]>('list_concat_unique', lists),
  /** Whether a value is in a list or a text. */
  contains: (value: JsonInput, list: List | Text) => call<boolean>('contains', [value, list]),
  /** The contents of a file; its name is relative to the stack's module. */
  getFile: (name: string) => call<string>('get_file', name),
  /** A part of the resource that stands for this whole template, when it is used as a type. */
  resourceFacade: (part: 'metadata' | 'deletion_policy' | 'update_policy') => call<never>('resource_facade', part),

  equals: (one: JsonInput, other: JsonInput): Condition => condition('equals', [one, other]),
  not: (test: ConditionInput): Condition => condition('not', test),
  and: (...tests: readonly [ConditionInput, ConditionInput, ...ConditionInput[]]): Condition => condition('and', tests),
  or: (...tests: readonly [ConditionInput, ConditionInput, ...ConditionInput[]]): Condition => condition('or', tests),
} as const

/** A template literal whose references are filled in when they are known: text`http://${web.attributes.address}/`. */
export function text(parts: TemplateStringsArray, ...values: readonly (Text | number | boolean)[]): Expression<string> {
  const pieces = parts.flatMap((part, index) => [part, ...(index < values.length ? [values[index]] : [])])
  return call<string>('list_join', ['', pieces.filter((piece) => piece !== '')])
}
