// The JSON Schema of templates, for editors: the language (src/template/schema) and the types that there are.
import type { Json, JsonObject } from '../lib/json.js'
import type { ResourceType } from '../provider/contract.js'
import { writtenSchema } from '../provider/value-schema.js'
import { cloudFormationSchemas, hotSchema } from '../template/index.js'
import { choose, ref } from '../template/schema/parts.js'

/** What a schema tells of a type; a server's types are known by no more than this. */
type SeenType = Pick<
  ResourceType,
  'name' | 'description' | 'properties' | 'attributes' | 'anyProperties' | 'anyAttributes'
>

export interface SchemaOptions {
  /** Templates may name types that are not given here; their properties are not checked. Default false. */
  readonly allowUnknownTypes?: boolean
}

const CALLS = { call: ref('call'), value: ref('value'), looksLikeCall: ref('looksLikeCall'), hasCall: ref('hasCall') }

/**
 * A JSON Schema (draft-07) of templates in HOT and CloudFormation with resources of these types. What it refuses,
 * `validate` refuses too; what depends on names in the template only `validate` can tell.
 */
export function templateSchema(types: readonly SeenType[], options: SchemaOptions = {}): JsonObject {
  const { root, definitions } = hotSchema()
  const known = [...types].sort((one, other) => (one.name < other.name ? -1 : 1))
  const formats = cloudFormationSchemas()
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Isotherm template',
    description: 'HOT in all its versions, and CloudFormation as Heat understands it.',
    type: 'object',
    ...formats.reduceRight<JsonObject>(
      (otherwise, { key, root: written }) => choose({ required: [key] }, written, otherwise),
      ref('hot'),
    ),
    definitions: {
      hot: root,
      ...definitions,
      ...Object.fromEntries(known.map((type) => [propertiesOf(type), propertiesSchema(type)])),
      resource: { ...resourceOf(definitions), allOf: typeRules(known, 'type', 'properties', options) },
      Resource: { properties: { Properties: {} }, allOf: typeRules(known, 'Type', 'Properties', options) },
      ...Object.fromEntries(known.map((type) => [`${propertiesOf(type)} in CloudFormation`, namesOnly(type)])),
    },
  }
}

const propertiesOf = ({ name }: SeenType): string => `properties of ${name}`

function resourceOf({ resource }: JsonObject): JsonObject {
  return typeof resource === 'object' && resource !== null && !Array.isArray(resource) ? resource : {}
}

/** Which types there are, and what each asks for. */
function typeRules(types: readonly SeenType[], key: string, properties: string, options: SchemaOptions): Json[] {
  const suffix = key === 'Type' ? ' in CloudFormation' : ''
  const names: JsonObject = {
    enum: types.map(({ name }) => name),
    enumDescriptions: types.map(describe),
  }
  // Templates as types are named by their file.
  const others = options.allowUnknownTypes ? { type: 'string' } : { type: 'string', pattern: '\\.(yaml|template)$' }
  const rules = types.map((type) => {
    const required = Object.values(type.properties).some((property) => property.required)
    return choose(
      { properties: { [key]: { const: type.name } }, required: [key] },
      {
        properties: { [properties]: ref(`${propertiesOf(type)}${suffix}`) },
        ...(required && { required: [properties] }),
      },
    )
  })
  return [{ properties: { [key]: { anyOf: [names, others] } } }, ...rules]
}

/** For hovering: what the type is, and what it answers. */
function describe({ description = '', attributes = {}, anyAttributes }: SeenType): string {
  const answers = Object.entries(attributes).map(([name, { type }]) => (type ? `${name} (${type})` : name))
  if (anyAttributes) answers.push('any')
  return [description.trim(), answers.length > 0 && `Attributes: ${answers.join(', ')}.`].filter(Boolean).join(' ')
}

const requiredOf = ({ properties }: SeenType): string[] =>
  Object.keys(properties).filter((name) => properties[name]?.required)

function propertiesSchema(type: SeenType): JsonObject {
  const properties = Object.entries(type.properties).map(([name, property]): [string, Json] => [
    name,
    writtenSchema(property, CALLS),
  ])
  const required = requiredOf(type)
  const written: JsonObject = {
    type: ['object', ...(required.length === 0 ? ['null'] : [])],
    properties: Object.fromEntries(properties),
    additionalProperties: type.anyProperties ? CALLS.value : false,
    ...(required.length > 0 && { required }),
  }
  // The whole map may come from a function, for example a parameter of type json.
  return { description: describe(type), anyOf: [written, CALLS.call] }
}

/** In CloudFormation only the names are checked here. */
function namesOnly(type: SeenType): JsonObject {
  const properties = Object.entries(type.properties).map(([name, { description = '' }]): [string, Json] => [
    name,
    { description },
  ])
  const required = requiredOf(type)
  return {
    type: ['object', ...(required.length === 0 ? ['null'] : [])],
    properties: Object.fromEntries(properties),
    additionalProperties: type.anyProperties === true,
    ...(required.length > 0 && { required }),
  }
}
