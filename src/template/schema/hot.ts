// The JSON Schema (draft-07, which YAML editors read) of HOT in all its versions. Names (sections, keys, functions, types,
// policies) are asked of the code that checks templates; only their shapes are said here. A key without a shape is
// known all the same, with any value.
import { canonical, type Json, type JsonObject } from '../../lib/json.js'
import { PARAMETER_TYPES } from '../coerce.js'
import { constraintNames } from '../constraints.js'
import { ATTEMPTS_MAX, TIMEOUT_SECONDS_MAX } from '../extensions.js'
import { functionNames, functionsOf } from '../functions/table.js'
import { GROUP_KEYS } from '../groups.js'
import { parameterKeys } from '../parameters.js'
import { outputKeys, templateSections } from '../resolve.js'
import { deletionPolicies, resourceKeys } from '../resource.js'
import { dateOf, NEWEST, VERSIONS, type Version, versionNamed, versionNames } from '../version.js'
import { SIGNATURES } from './functions.js'
import { CALL, CONDITION, choose, fields, NUMBER, oneOfKeys, orCall, ref, VALUE, WORDS } from './parts.js'

type Shapes = { readonly [key: string]: JsonObject }

/** The schema of a HOT template, and the definitions that it and the schemas of properties refer to. */
export function hotSchema(): { readonly root: JsonObject; readonly definitions: JsonObject } {
  const { definitions: byVersion, rules } = versions()
  const root = {
    ...fields(shaped(allOf(templateSections), SECTIONS), ['heat_template_version']),
    allOf: rules,
  }
  return { root, definitions: { ...expressions(), ...sections(), ...byVersion } }
}

/** Every name that some version has, the newest version's first. */
function allOf(names: (version: Version) => Iterable<string>): string[] {
  return [...new Set([...VERSIONS].reverse().flatMap((version) => [...names(version)]))]
}

const shaped = (keys: Iterable<string>, shapes: Shapes): JsonObject =>
  Object.fromEntries([...keys].map((key) => [key, shapes[key] ?? {}]))

// Expressions

const valueNames = (version: Version) => functionNames(functionsOf(version).values)
const conditionNames = (version: Version) => functionNames(functionsOf(version).conditions)

/** Those that no version is without: a map with such a key is a call whatever the version. */
const commonNames = (): string[] =>
  valueNames(NEWEST).filter((name) => VERSIONS.every((version) => valueNames(version).includes(name)))

function expressions(): JsonObject {
  const looksLikeCall = oneOfKeys(commonNames())
  const hasCall = ref('hasCall')
  return {
    call: { ...callOf(allOf(valueNames)), description: 'A function of the template language.' },
    looksLikeCall,
    hasCall: {
      anyOf: [
        CALL,
        { type: 'array', contains: hasCall },
        { type: 'object', not: { additionalProperties: { not: hasCall } } },
      ],
    },
    value: choose(looksLikeCall, CALL, { items: VALUE, additionalProperties: VALUE }),
    condition: {
      description: 'The name of a condition, true or false, or a function of conditions.',
      anyOf: [{ type: ['string', 'boolean'] }, callOf(allOf(conditionNames))],
    },
  }
}

/** Functions of CloudFormation that the first versions have are read, but not offered. */
function callOf(names: readonly string[]): JsonObject {
  const own = names.filter((name) => /^[a-z]/.test(name))
  const foreign = names.filter((name) => !own.includes(name))
  const properties = own.map((name) => {
    const { description, argument } = SIGNATURES[name] ?? { description: name, argument: {} }
    return [name, { ...argument, description }]
  })
  return {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(foreign.length > 0 && { patternProperties: { [`^(${foreign.join('|')})$`]: {} } }),
  }
}

// Sections

const mapOf = (schema: Json): JsonObject => ({ type: ['object', 'null'], additionalProperties: schema })

const SECTIONS: Shapes = {
  heat_template_version: {
    description: 'The version of the language, by date or by the name of the release.',
    enum: [...versionNames()],
  },
  description: { ...WORDS, description: 'For people.' },
  parameters: { ...mapOf(ref('parameter')), description: 'What may be different from stack to stack.' },
  parameter_groups: {
    type: ['array', 'null'],
    items: ref('group'),
    description: 'How forms group the parameters.',
  },
  conditions: { ...mapOf(CONDITION), description: 'Named truths over parameters.' },
  resources: { ...mapOf(ref('resource')), description: 'The things.' },
  outputs: { ...mapOf(ref('output')), description: 'What the stack tells.' },
  isotherm: {
    type: ['object', 'null'],
    properties: {
      moved: {
        type: ['array', 'null'],
        items: {
          type: 'object',
          properties: { from: { type: 'string', minLength: 1 }, to: { type: 'string' } },
          required: ['from', 'to'],
          additionalProperties: false,
        },
        description: 'Resources that were called otherwise: their things are kept.',
      },
    },
    additionalProperties: false,
    description: 'Beyond HOT.',
  },
}

const policies = (version: Version): JsonObject => orCall({ enum: [...deletionPolicies(version), null] })

const NAME: JsonObject = orCall({ type: ['string', 'null'], minLength: 1 })

/** What Isotherm lets a resource say beyond HOT. */
const ISOTHERM: JsonObject = {
  type: ['object', 'null'],
  properties: {
    moved_from: { ...NAME, description: 'What the resource was called before: its thing is kept.' },
    protect: { ...flag(), description: 'Not deleted and not replaced until this is taken back.' },
    ignore_changes: {
      ...orCall({ type: ['string', 'array', 'null'], minLength: 1, items: orCall({ type: 'string', minLength: 1 }) }),
      description: 'Properties, or paths into them, that are left as they are.',
    },
    retry: {
      ...orCall({
        type: ['object', 'null'],
        properties: { attempts: orCall({ type: ['integer', 'string', 'null'], minimum: 1, maximum: ATTEMPTS_MAX }) },
        additionalProperties: false,
      }),
      description: '`attempts` of one action before it fails.',
    },
    timeout: {
      ...orCall({ type: ['number', 'string', 'null'], exclusiveMinimum: 0, maximum: TIMEOUT_SECONDS_MAX }),
      description: 'Seconds that one action may take.',
    },
    adopt: { ...NAME, description: 'The physical id of a thing that exists: it is taken over.' },
    replacement: {
      ...orCall({ enum: ['create_first', 'delete_first', null] }),
      description: 'Whether a replacement makes the new thing before the old one goes, or after.',
    },
  },
  additionalProperties: false,
  description: 'Beyond HOT.',
}

const RESOURCE: Shapes = {
  type: { type: 'string', minLength: 1 },
  properties: { type: ['object', 'null'], description: 'What the type asks for.' },
  metadata: { ...orCall({ type: ['object', 'null'], additionalProperties: VALUE }), description: 'Data of yours.' },
  depends_on: {
    description: 'What comes first although nothing refers to it.',
    anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: { type: 'string' } }],
  },
  deletion_policy: { ...policies(NEWEST), description: 'What becomes of the thing when the resource goes.' },
  update_policy: { ...orCall({ type: ['object', 'null'] }), description: 'Accepted and checked.' },
  isotherm: ISOTHERM,
  description: { ...WORDS, description: 'For people.' },
  condition: { ...CONDITION, description: 'Where it is false there is no such resource.' },
}

const PARAMETER: Shapes = {
  type: { enum: [...PARAMETER_TYPES], description: 'What its value is read as.' },
  label: { ...WORDS, description: 'For people.' },
  description: { ...WORDS, description: 'For people.' },
  default: { description: 'Its value when none is given.' },
  hidden: { ...flag(), description: 'Its value is never shown.' },
  immutable: { ...flag(), description: 'Its value may not change while the stack exists.' },
  constraints: { type: ['array', 'null'], description: 'What its value must be like.' },
  tags: { type: 'array', description: 'For people and programs.' },
}

function flag(): JsonObject {
  return {
    anyOf: [{ type: ['boolean', 'null'] }, { type: 'string', pattern: '^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$' }],
  }
}

const bounds = { ...fields({ min: NUMBER, max: NUMBER }), minProperties: 1 }

const CONSTRAINTS: Shapes = {
  length: { ...bounds, description: 'How long it may be.' },
  range: { ...bounds, description: 'Between which numbers it lies.' },
  modulo: {
    ...fields({ step: { type: 'integer', not: { const: 0 } }, offset: { type: 'integer' } }, ['step', 'offset']),
    description: 'It is `offset` more than a multiple of `step`.',
  },
  allowed_values: { type: 'array', description: 'The values it may have.' },
  allowed_pattern: { type: 'string', description: 'A regular expression for the whole value.' },
  custom_constraint: { type: 'string', description: 'Known to a cloud only; accepted and not asked.' },
}

const DEFAULTS: Shapes = {
  string: { type: ['string', 'number', 'boolean', 'null'] },
  number: { anyOf: [NUMBER, { type: 'null' }] },
  boolean: { type: ['boolean', 'string', 'number', 'null'] },
  comma_delimited_list: { type: ['array', 'string', 'null'] },
  json: { type: ['object', 'array', 'string', 'null'] },
}

function sections(): JsonObject {
  return {
    parameter: {
      ...fields(shaped(allOf(parameterKeys), PARAMETER), ['type']),
      allOf: PARAMETER_TYPES.map((type) =>
        choose(
          { properties: { type: { const: type } }, required: ['type'] },
          { properties: { default: DEFAULTS[type] ?? {}, constraints: { items: constraintOf(NEWEST, type) } } },
        ),
      ),
    },
    group: fields(
      shaped(GROUP_KEYS, {
        label: WORDS,
        description: WORDS,
        parameters: { type: 'array', items: { type: 'string' } },
      }),
      ['parameters'],
    ),
    resource: fields(shaped(allOf(resourceKeys), RESOURCE), ['type']),
    output: fields(
      shaped(allOf(outputKeys), {
        value: { ...VALUE, description: 'What it tells.' },
        description: { ...WORDS, description: 'For people.' },
        condition: { ...CONDITION, description: 'Where it is false the value is null.' },
      }),
      ['value'],
    ),
  }
}

function constraintOf(version: Version, type: (typeof PARAMETER_TYPES)[number]): JsonObject {
  const names = constraintNames(version, type)
  return {
    ...fields({ ...shaped(names, CONSTRAINTS), description: { ...WORDS, description: 'Told when it is violated.' } }),
    oneOf: names.map((name) => ({ required: [name] })),
  }
}

// Versions differ

/** What holds for one version only, each set of rules once, applied where the template names such a version. */
function versions(): { definitions: JsonObject; rules: Json[] } {
  const definitions: JsonObject = {}
  const rules = VERSIONS.map((version) => {
    const name = `functions of ${dateOf(version)}`
    definitions[name] = functionsIn(version, ref(name))
    const names = [...versionNames()].filter((word) => versionNamed(word) === version)
    return choose(
      { properties: { heat_template_version: { enum: names } }, required: ['heat_template_version'] },
      { properties: rulesOf(version, ref(name)) },
    )
  })
  return { definitions, rules }
}

const missingIn = (version: Version, names: (version: Version) => Iterable<string>): string[] => {
  const own = new Set(names(version))
  return allOf(names).filter((name) => !own.has(name))
}

/**
 * A call of a function that the version does not have is refused wherever it stands, though not data that only looks like
 * one; what has the name of a function that it has is a call.
 */
function functionsIn(version: Version, itself: JsonObject): JsonObject {
  const common = commonNames()
  const own = valueNames(version).filter((name) => !common.includes(name))
  const missing = missingIn(version, valueNames)
  const within = { items: itself, additionalProperties: itself }
  return {
    allOf: [
      ...(missing.length > 0 ? [choose(oneOfKeys(missing), { not: CALL })] : []),
      ...(own.length > 0 ? [choose(oneOfKeys(own), CALL)] : []),
      within,
    ],
  }
}

function rulesOf(version: Version, values: JsonObject): JsonObject {
  const forbidden = (names: (version: Version) => Iterable<string>): JsonObject =>
    Object.fromEntries(missingIn(version, names).map((name) => [name, false]))
  const policy = policies(version)
  const resource = {
    ...forbidden(resourceKeys),
    properties: values,
    metadata: values,
    ...(canonical(policy) !== canonical(policies(NEWEST)) && { deletion_policy: policy }),
  }
  const output = { ...forbidden(outputKeys), value: values }
  const parameter = { ...forbidden(parameterKeys), ...olderConstraints(version) }
  const sectionsWithRules = Object.entries({ resources: resource, outputs: output, parameters: parameter })
    .filter(([, properties]) => Object.keys(properties).length > 0)
    .map(([section, properties]) => [section, { additionalProperties: { properties } }])
  return { ...Object.fromEntries(sectionsWithRules), ...forbidden(templateSections) }
}

function olderConstraints(version: Version): JsonObject {
  const missing = missingIn(version, (one) => PARAMETER_TYPES.flatMap((type) => constraintNames(one, type)))
  if (missing.length === 0) return {}
  return { constraints: { items: { properties: Object.fromEntries(missing.map((name) => [name, false])) } } }
}
