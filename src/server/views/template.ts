// Parameters of templates, and types of resources, as Heat's clients know them.
import type { ParameterDescription } from '../../api/describe.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { PropertySchema, ResourceType } from '../../provider/contract.js'
import { textOf } from './stack.js'

const TYPES: { readonly [type: string]: string } = {
  string: 'String',
  number: 'Number',
  json: 'Json',
  boolean: 'Boolean',
  comma_delimited_list: 'CommaDelimitedList',
}

export function validatedParameter(parameter: ParameterDescription): JsonObject {
  const { type, label, description, hidden, value, constraints, tags } = parameter
  const covered = (told: Json) => (hidden ? '******' : textOf(told))
  return {
    Type: TYPES[type] ?? type,
    NoEcho: String(hidden),
    Label: label,
    Description: description,
    ...(parameter.default !== undefined && { Default: covered(parameter.default) }),
    ...(value !== undefined && { Value: covered(value) }),
    ...(tags.length > 0 && { Tags: [...tags] }),
    ...constraintKeys(constraints),
  }
}

function constraintKeys(constraints: readonly JsonObject[]): JsonObject {
  const keys: JsonObject = {}
  const words: string[] = []
  for (const {
    length,
    range,
    modulo,
    allowed_values,
    allowed_pattern,
    custom_constraint,
    description,
  } of constraints) {
    if (isJsonObject(length)) Object.assign(keys, bounds(length, 'Length'))
    if (isJsonObject(range)) Object.assign(keys, bounds(range, 'Value'))
    if (modulo !== undefined) keys.Modulo = modulo
    if (allowed_values !== undefined) keys.AllowedValues = allowed_values
    if (allowed_pattern !== undefined) keys.AllowedPattern = allowed_pattern
    if (custom_constraint !== undefined) keys.CustomConstraint = custom_constraint
    if (typeof description === 'string') words.push(description)
  }
  return words.length > 0 ? { ...keys, ConstraintDescription: words.join(' ') } : keys
}

const bounds = ({ min, max }: JsonObject, of: 'Length' | 'Value'): JsonObject => ({
  ...(min !== undefined && { [`Min${of}`]: min }),
  ...(max !== undefined && { [`Max${of}`]: max }),
})

export function typeSchema(type: ResourceType, withDescription: boolean): JsonObject {
  const properties = Object.entries(type.properties).map(([name, schema]) => [name, propertySchema(schema)])
  const attributes = Object.entries(type.attributes ?? {}).map(([name, schema]) => [
    name,
    { type: schema.type ?? 'string', ...(schema.description !== undefined && { description: schema.description }) },
  ])
  return {
    resource_type: type.name,
    properties: Object.fromEntries(properties),
    attributes: Object.fromEntries(attributes),
    support_status: SUPPORTED,
    ...(withDescription && { description: type.description ?? '' }),
  }
}

const SUPPORTED: JsonObject = { status: 'SUPPORTED', version: null, message: null, previous_status: null }

function propertySchema(schema: PropertySchema): JsonObject {
  const constraints = constraintsOf(schema.schema ?? {})
  return {
    type: schema.type,
    required: schema.required ?? false,
    update_allowed: schema.onChange === 'update',
    immutable: schema.onChange === 'immutable',
    ...(schema.description !== undefined && { description: schema.description }),
    ...(schema.default !== undefined && !schema.secret && { default: schema.default }),
    ...(constraints.length > 0 && { constraints }),
  }
}

function constraintsOf(schema: JsonObject): JsonObject[] {
  const { enum: values, pattern, minimum, maximum, minLength, maxLength } = schema
  const between = (min: Json | undefined, max: Json | undefined) => ({
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  })
  return [
    ...(values === undefined ? [] : [{ allowed_values: values }]),
    ...(pattern === undefined ? [] : [{ allowed_pattern: pattern }]),
    ...(minimum === undefined && maximum === undefined ? [] : [{ range: between(minimum, maximum) }]),
    ...(minLength === undefined && maxLength === undefined ? [] : [{ length: between(minLength, maxLength) }]),
  ]
}

/** A template that offers a type's properties as parameters and its attributes as outputs, to begin with. */
export function generatedTemplate(type: ResourceType, format: 'hot' | 'cfn'): JsonObject {
  const name = type.name.split('::').at(-1) ?? type.name
  const properties = Object.entries(type.properties)
  const attributes = Object.entries(type.attributes ?? {})
  const description = `Initial template of ${name}`
  if (format === 'hot') {
    return {
      heat_template_version: '2016-10-14',
      description,
      parameters: fields(properties, ([, schema]) => hotParameter(schema)),
      resources: { [name]: { type: type.name, properties: fields(properties, ([key]) => ({ get_param: key })) } },
      outputs: fields(attributes, ([key, about]) => ({
        description: about.description ?? '',
        value: { get_attr: [name, key] },
      })),
    }
  }
  return {
    HeatTemplateFormatVersion: '2012-12-12',
    Description: description,
    Parameters: fields(properties, ([, schema]) => cfnParameter(schema)),
    Resources: { [name]: { Type: type.name, Properties: fields(properties, ([key]) => ({ Ref: key })) } },
    Outputs: fields(attributes, ([key, about]) => ({
      Description: about.description ?? '',
      Value: { 'Fn::GetAtt': [name, key] },
    })),
  }
}

const fields = <T extends readonly [string, unknown]>(entries: readonly T[], value: (entry: T) => Json): JsonObject =>
  Object.fromEntries(entries.map((entry) => [entry[0], value(entry)]))

const HOT_TYPES: { readonly [kind in PropertySchema['type']]: string } = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  list: 'comma_delimited_list',
  map: 'json',
  any: 'string',
}

function hotParameter(schema: PropertySchema): JsonObject {
  return {
    type: HOT_TYPES[schema.type],
    ...(schema.description !== undefined && { description: schema.description }),
    ...(schema.default !== undefined && schema.default !== null && { default: schema.default }),
    ...(schema.secret && { hidden: true }),
  }
}

function cfnParameter(schema: PropertySchema): JsonObject {
  const type = TYPES[HOT_TYPES[schema.type]] ?? 'String'
  return {
    Type: type,
    ...(schema.description !== undefined && { Description: schema.description }),
    ...(schema.default !== undefined && schema.default !== null && { Default: schema.default }),
    ...(schema.secret && { NoEcho: 'true' }),
  }
}
