// What a template asks for and gives, seen from outside: its parameters and outputs, without resolving anything in it. So a
// template is used as a type.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { translate } from './cloud-formation.js'
import { coerce, PARAMETER_TYPES, type ParameterType } from './coerce.js'
import { violations } from './constraints.js'
import type { Parsed } from './parse.js'
import { kindOf, wordOf } from './text.js'

export interface SignatureParameter {
  readonly type: ParameterType
  /** Without it, a value must be given. */
  readonly hasDefault: boolean
  readonly hidden: boolean
  readonly description: string | undefined
  /** What is wrong with a value; empty when nothing is. Hidden values are not quoted. */
  readonly wrongIn: (value: Json) => string[]
}

export interface Signature {
  readonly description: string | undefined
  readonly parameters: ReadonlyMap<string, SignatureParameter>
  /** Descriptions by the outputs' names. */
  readonly outputs: ReadonlyMap<string, string | undefined>
}

/** What is malformed is left out: resolving the template tells it. */
export function signatureOf({ document, placeOf }: Parsed): Signature {
  const written = isJsonObject(document) ? document : {}
  const template = translate(written, { problems: [], warnings: [] }, placeOf)?.document ?? written
  const parameters = new Map<string, SignatureParameter>()
  for (const [name, schema] of fieldsOf(template.parameters)) {
    const type = PARAMETER_TYPES.find((known) => known === schema.type)
    if (type) parameters.set(name, parameterOf(type, schema))
  }
  const outputs = new Map(fieldsOf(template.outputs).map(([name, output]) => [name, textOf(output.description)]))
  return { description: textOf(template.description), parameters, outputs }
}

function fieldsOf(section: Json | undefined): [string, JsonObject][] {
  return Object.entries(isJsonObject(section) ? section : {}).flatMap(([name, field]) =>
    isJsonObject(field) ? [[name, field]] : [],
  )
}

const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)

function parameterOf(type: ParameterType, schema: JsonObject): SignatureParameter {
  const hidden = schema.hidden === true || /^true$/i.test(wordOf(schema.hidden ?? null))
  const rules = Array.isArray(schema.constraints) ? schema.constraints.filter(isJsonObject) : []
  return {
    type,
    hidden,
    hasDefault: (schema.default ?? null) !== null,
    description: textOf(schema.description),
    wrongIn: (value) => {
      if (type === 'string' && typeof value === 'object') return [`expected a text, not ${kindOf(value)}`]
      const coerced = coerce(type, value)
      if ('wrong' in coerced) return [hidden ? `the value is not of type ${type}` : coerced.wrong]
      return violations(rules, coerced.value, type).map((message) => `the value is not allowed: ${message}`)
    },
  }
}
