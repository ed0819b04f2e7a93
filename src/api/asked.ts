// What the library is asked with is looked at before anything is done: programs without types misspell options, too, and an
// option that nobody reads is worse than an error.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'

/** What no JSON Schema tells, by the keyword `is`. */
interface Is {
  readonly holds: (value: unknown) => boolean
  /** For people: `a function`. */
  readonly wanted: string
}

/** For each option of a type its JSON Schema: none can be forgotten. */
export type OptionSchemas<T> = { readonly [Name in keyof Required<T>]: object }

// The schemas are this program's own: reading JSON Schema's schema, to judge them by, would take longer than all else here.
const ajv = new Ajv2020({
  allErrors: true,
  strictTypes: false,
  strictRequired: false,
  verbose: true,
  validateSchema: false,
})
ajv.addKeyword({ keyword: 'is', validate: ({ holds }: Is, value: unknown) => holds(value), errors: false })

export const is = (wanted: string, holds: (value: unknown) => boolean): object => ({ is: { wanted, holds } })

/** @returns gives back the options that it is given, if they are what is asked for. Throws InvalidInput otherwise. */
export function asking<T extends object>(
  schemas: OptionSchemas<T>,
  required: readonly (keyof T & string)[] = [],
): (options: T) => T {
  let accepts: ValidateFunction | undefined
  return (options) => {
    // Most programs ask few of all these questions.
    accepts ??= ajv.compile({ type: 'object', properties: schemas, additionalProperties: false, required })
    if (accepts(options)) return options
    // That a branch was not met is said by what was not met in it.
    const errors = (accepts.errors ?? []).filter(({ keyword }) => keyword !== 'if')
    throw new InvalidInput(errors.map((error) => problemOf(error, Object.keys(schemas))))
  }
}

function problemOf(error: ErrorObject, names: readonly string[]): Problem {
  const at = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const inside = (name: string) => (at === '' ? name : `${at}.${name}`)
  const { missingProperty, additionalProperty } = error.params
  if (typeof missingProperty === 'string') return { path: inside(missingProperty), message: 'required, but not given' }
  if (typeof additionalProperty === 'string') {
    const known = at === '' ? names : Object.keys(error.parentSchema?.properties ?? {})
    const hint = didYouMean(additionalProperty, known) ?? `there are ${known.join(', ')}`
    return { path: inside(additionalProperty), message: 'there is no such option', hint }
  }
  return { path: at || 'options', message: `${demandOf(error)}, got ${nameOf(error.data)}` }
}

function demandOf({ keyword, schema, parentSchema, message }: ErrorObject): string {
  if (keyword === 'enum' && Array.isArray(schema)) return `must be one of ${schema.join(', ')}`
  if (keyword === 'is') return `must be ${parentSchema?.is.wanted}`
  if (keyword === 'type' && typeof schema === 'string') return `must be ${KINDS[schema] ?? schema}`
  return message ?? `must satisfy ${keyword}`
}

const KINDS: { readonly [type: string]: string } = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

/** A long text is named, not shown, since it may be anything. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value.length > LENGTH_SHOWN ? 'a text' : JSON.stringify(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

const LENGTH_SHOWN = 40
