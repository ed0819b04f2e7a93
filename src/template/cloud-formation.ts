// The formats of CloudFormation are read as HOT: the same sections and keys under other names. Functions stay what they
// are; problems and places are told in the words of the template.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import type { Place } from './definition.js'
import { AWS_LANGUAGE, HEAT_LANGUAGE, type Language } from './language.js'
import { kindOf, wordOf } from './text.js'
import { setField } from './value.js'
import { rankOf, type Version } from './version.js'

interface ForeignFormat {
  readonly language: Language
  /** The version of HOT whose keys and rules apply to what is translated. */
  readonly version: Version
  readonly conditions: boolean
}

const FORMATS = new Map<string, ForeignFormat & { readonly date: string }>([
  [
    'AWSTemplateFormatVersion',
    { language: AWS_LANGUAGE, version: rankOf('2016-10-14'), conditions: true, date: '2010-09-09' },
  ],
  [
    'HeatTemplateFormatVersion',
    { language: HEAT_LANGUAGE, version: rankOf('2015-10-15'), conditions: false, date: '2012-12-12' },
  ],
])

interface Told {
  readonly problems: Problem[]
  /** What is read all the same, as in Heat, but surely not meant. */
  readonly warnings: Problem[]
}

/** Tells a problem at a path of the template as it is written. */
type Report = (path: readonly string[], message: string, hint?: string) => void

export interface Translated {
  readonly version: Version
  readonly language: Language
  /** In the shape of HOT. */
  readonly document: JsonObject
  readonly mappings: JsonObject
  /** From a path in the shape of HOT to the path that was written. */
  readonly writtenPath: (path: string) => string
}

/** The document in the shape of HOT, or undefined when it has no version key of CloudFormation. */
export function translate(
  document: JsonObject,
  told: Told,
  placeOf: (path: string) => Place | undefined,
): Translated | undefined {
  const key = [...FORMATS.keys()].find((name) => Object.hasOwn(document, name))
  const format = key === undefined ? undefined : FORMATS.get(key)
  if (key === undefined || !format) return undefined
  const reporting =
    (list: Problem[], more: Partial<Problem>): Report =>
    (steps, message, hint) => {
      const path = steps.join('.')
      list.push({ ...placeOf(path), path, message, ...(hint !== undefined && { hint }), ...more })
    }
  const report = reporting(told.problems, {})
  const warn = reporting(told.warnings, { severity: 'warning' })
  if (wordOf(document[key] ?? null) !== format.date)
    report(
      [key],
      `unknown version ${wordOf(document[key] ?? null)}`,
      `the only version of this format is ${format.date}`,
    )
  const mappings = readMappings(document.Mappings ?? null, warn)
  const { version, language } = format
  return {
    version,
    language,
    document: translated(document, key, format, { report, warn }),
    mappings,
    writtenPath: writtenPath(document),
  }
}

const SECTIONS: readonly (readonly [string, string])[] = [
  ['Description', 'description'],
  ['Parameters', 'parameters'],
  ['Conditions', 'conditions'],
  ['Resources', 'resources'],
  ['Outputs', 'outputs'],
]
const RESOURCE_KEYS: readonly (readonly [string, string])[] = [
  ['Type', 'type'],
  ['Properties', 'properties'],
  ['Metadata', 'metadata'],
  ['DependsOn', 'depends_on'],
  ['DeletionPolicy', 'deletion_policy'],
  ['UpdatePolicy', 'update_policy'],
  ['Condition', 'condition'],
  ['Description', 'description'],
]
const OUTPUT_KEYS: readonly (readonly [string, string])[] = [
  ['Value', 'value'],
  ['Description', 'description'],
  ['Condition', 'condition'],
]

/** `warn`: Heat ignores it, and so do templates that run there. */
interface Reports {
  readonly report: Report
  readonly warn: Report
}

type Keys = readonly (readonly [string, string])[]

const unconditional = (keys: Keys): Keys => keys.filter(([, own]) => !own.startsWith('condition'))

function translated(document: JsonObject, key: string, format: ForeignFormat, { report, warn }: Reports): JsonObject {
  const sections = format.conditions ? SECTIONS : unconditional(SECTIONS)
  const known = [...sections, [key, ''] as const, ['Mappings', ''] as const]
  const hot = renamed(document, known, [], 'a template of this format', report)
  const keysOf = (keys: Keys) => (format.conditions ? keys : unconditional(keys))
  hot.parameters = eachEntry(hot.parameters, 'Parameters', (raw, path) => translateParameter(raw, path, report))
  hot.resources = eachEntry(hot.resources, 'Resources', (raw, path) =>
    isJsonObject(raw)
      ? renamed(raw, keysOf(RESOURCE_KEYS), path, 'a resource', raw.Type === undefined ? report : warn)
      : raw,
  )
  hot.outputs = eachEntry(hot.outputs, 'Outputs', (raw, path) =>
    isJsonObject(raw)
      ? renamed(raw, keysOf(OUTPUT_KEYS), path, 'an output', raw.Value === undefined ? report : warn)
      : raw,
  )
  return hot
}

function eachEntry(
  section: Json | undefined,
  name: string,
  change: (raw: Json, path: readonly string[]) => Json,
): Json {
  if (!isJsonObject(section)) return section ?? null
  const changed: JsonObject = {}
  for (const [key, raw] of Object.entries(section)) setField(changed, key, change(raw, [name, key]))
  return changed
}

/** The fields under their own names; those that are not known are told and left out. */
function renamed(map: JsonObject, keys: Keys, path: readonly string[], what: string, report: Report): JsonObject {
  const fields: JsonObject = {}
  for (const [key, value] of Object.entries(map)) {
    const own = keys.find(([name]) => name === key)?.[1]
    if (own === undefined) reportKey([...path, key], what, key, keys, report)
    else if (own !== '') fields[own] = value
  }
  return fields
}

function reportKey(path: readonly string[], what: string, key: string, keys: Keys, report: Report): void {
  const names = keys.map(([name]) => name)
  report(path, `${what} has no key ${key}`, didYouMean(key, names) ?? `it has ${names.join(', ')}`)
}

// Parameters

const TYPES = new Map([
  ['String', 'string'],
  ['Number', 'number'],
  ['CommaDelimitedList', 'comma_delimited_list'],
  ['Json', 'json'],
  ['Boolean', 'boolean'],
])
const PARAMETER_KEYS: Keys = [
  ['Type', ''],
  ['Label', 'label'],
  ['Default', 'default'],
  ['Description', 'description'],
  ['NoEcho', 'hidden'],
  ['AllowedValues', ''],
  ['AllowedPattern', ''],
  ['MinLength', ''],
  ['MaxLength', ''],
  ['MinValue', ''],
  ['MaxValue', ''],
  ['ConstraintDescription', ''],
]

function translateParameter(raw: Json, path: readonly string[], report: Report): Json {
  if (!isJsonObject(raw)) return raw
  const parameter = renamed(raw, PARAMETER_KEYS, path, 'a parameter', report)
  const constraints = constraintsOf(raw)
  if (constraints.length > 0) parameter.constraints = constraints
  const written = raw.Type
  if (written === undefined) return parameter
  const type = typeof written === 'string' ? TYPES.get(written) : undefined
  parameter.type = type ?? 'string'
  if (type !== undefined) return parameter
  const hint =
    (typeof written === 'string' && didYouMean(written, TYPES.keys())) || `types are ${[...TYPES.keys()].join(', ')}`
  report([...path, 'Type'], `unknown parameter type ${typeof written === 'string' ? written : kindOf(written)}`, hint)
  return parameter
}

/** Each with its place in `CONSTRAINT_KEYS`, so that a problem finds the key that was written. */
function constraintsOf(raw: JsonObject): Json[] {
  const described = raw.ConstraintDescription === undefined ? {} : { description: raw.ConstraintDescription }
  // A bound that is null is none, but not both.
  const bounds = (name: string, min: Json | undefined, max: Json | undefined): Json[] => {
    if (min === undefined && max === undefined) return []
    return [
      { [name]: { ...((min ?? null) !== null && { min }), ...((max ?? null) !== null && { max }) }, ...described },
    ]
  }
  const rule = (name: string, value: Json | undefined): Json[] =>
    value === undefined ? [] : [{ [name]: value, ...described }]
  return [
    ...bounds('length', raw.MinLength, raw.MaxLength),
    ...bounds('range', raw.MinValue, raw.MaxValue),
    ...rule('allowed_values', raw.AllowedValues),
    ...rule('allowed_pattern', raw.AllowedPattern),
  ]
}

const CONSTRAINT_KEYS: { readonly [name: string]: readonly string[] } = {
  length: ['MinLength', 'MaxLength'],
  range: ['MinValue', 'MaxValue'],
  allowed_values: ['AllowedValues'],
  allowed_pattern: ['AllowedPattern'],
}

/** What each format is written with, for whoever describes it. */
export const cloudFormationFormats = [...FORMATS].map(([key, format]) => {
  const names = (keys: Keys) => (format.conditions ? keys : unconditional(keys)).map(([name]) => name)
  return {
    key,
    date: format.date,
    sections: [key, 'Mappings', ...names(SECTIONS)],
    resourceKeys: names(RESOURCE_KEYS),
    outputKeys: names(OUTPUT_KEYS),
    parameterKeys: PARAMETER_KEYS.map(([name]) => name),
    parameterTypes: [...TYPES.keys()],
  }
})

// Mappings

/** A mapping that is not what it should be is a problem where it is used. */
function readMappings(section: Json, warn: Report): JsonObject {
  if (section === null) return {}
  const path = ['Mappings']
  if (!isJsonObject(section)) {
    warn(path, `the section Mappings must be a map, not ${kindOf(section)}`)
    return {}
  }
  for (const [name, mapping] of Object.entries(section)) {
    const levels = isJsonObject(mapping) ? Object.entries(mapping) : [[undefined, mapping] as const]
    for (const [key, entry] of levels) {
      if (key !== undefined && isJsonObject(entry)) continue
      const where = key === undefined ? [...path, name] : [...path, name, key]
      warn(
        where,
        `a mapping has maps on two levels, not ${kindOf(entry)}`,
        'for example Sizes: { small: { memory: 1 } }',
      )
    }
  }
  return section
}

// Places

const WRITTEN_SECTIONS = new Map(SECTIONS.map(([written, own]) => [own, written]))
const WRITTEN_KEYS: { readonly [section: string]: ReadonlyMap<string, string> } = {
  resources: written(RESOURCE_KEYS),
  outputs: written(OUTPUT_KEYS),
  parameters: new Map([...written(PARAMETER_KEYS), ['type', 'Type']]),
}

function written(keys: Keys): Map<string, string> {
  return new Map(keys.filter(([, own]) => own !== '').map(([name, own]) => [own, name]))
}

function writtenPath(document: JsonObject): (path: string) => string {
  return (path) => {
    const [section = '', ...others] = path.split('.')
    const name = WRITTEN_SECTIONS.get(section)
    if (name === undefined) return path
    return [name, ...writtenEntry(section, others, document[name] ?? null)].join('.')
  }
}

/** A name may contain dots, so the longest run of words that is a name counts. */
function writtenEntry(section: string, words: readonly string[], entries: Json): readonly string[] {
  const lengths = words.map((_, index) => words.length - index)
  const length = lengths.find(
    (count) => isJsonObject(entries) && Object.hasOwn(entries, words.slice(0, count).join('.')),
  )
  if (length === undefined) return words
  const [key, ...rest] = words.slice(length)
  const name = words.slice(0, length)
  if (key === undefined) return name
  const entry = isJsonObject(entries) ? entries[name.join('.')] : undefined
  if (section === 'parameters' && key === 'constraints') return [...name, ...writtenConstraint(rest, entry ?? null)]
  return [...name, WRITTEN_KEYS[section]?.get(key) ?? key, ...rest]
}

function writtenConstraint([, rule = '']: readonly string[], parameter: Json): readonly string[] {
  const key = CONSTRAINT_KEYS[rule]?.find((name) => isJsonObject(parameter) && Object.hasOwn(parameter, name))
  return key === undefined ? [] : [key]
}
