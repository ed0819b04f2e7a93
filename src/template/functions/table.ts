// Every function of the language, by version. A new function is a new entry here; nothing else knows their names.
import type { Operation, TemplateFunction } from '../function.js'
import { NEWEST, type Version } from '../version.js'
import {
  awsFormatFunctions,
  cloudFormationOperations,
  heatFormatFunctions,
  hotCloudFormationFunctions,
} from './cloud-formation.js'
import { conditionFunctions, conditionOperations } from './condition.js'
import { digestFunctions, digestOperations } from './digest.js'
import { joinFunctions, joinOperations } from './join.js'
import { listFunctions, listOperations } from './list.js'
import { mapFunctions, mapOperations } from './map.js'
import { referenceFunctions, referenceOperations } from './reference.js'
import { repeatFunctions, repeatOperations } from './repeat.js'
import { replaceFunctions, replaceOperations } from './replace.js'
import { splitFunctions, splitOperations } from './split.js'
import { urlFunctions, urlOperations } from './url.js'
import { yaqlFunctions, yaqlOperations } from './yaql.js'

const FUNCTIONS: readonly TemplateFunction[] = [
  ...referenceFunctions,
  ...joinFunctions,
  ...replaceFunctions,
  ...splitFunctions,
  ...repeatFunctions,
  ...digestFunctions,
  ...mapFunctions,
  ...listFunctions,
  ...urlFunctions,
  ...conditionFunctions,
  ...yaqlFunctions,
  ...hotCloudFormationFunctions,
]

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  [
    ...referenceOperations,
    ...joinOperations,
    ...replaceOperations,
    ...splitOperations,
    ...repeatOperations,
    ...digestOperations,
    ...mapOperations,
    ...listOperations,
    ...urlOperations,
    ...conditionOperations,
    ...yaqlOperations,
    ...cloudFormationOperations,
  ].map((operation) => [operation.name, operation]),
)

export const operationNamed = (name: string): Operation | undefined => OPERATIONS.get(name)

export interface Functions {
  /** Those that values may use. */
  readonly values: ReadonlyMap<string, TemplateFunction>
  /** Those that conditions may use. */
  readonly conditions: ReadonlyMap<string, TemplateFunction>
}

const BY_VERSION: readonly Functions[] = Array.from({ length: NEWEST + 1 }, (_, version) => ({
  values: tableOf(FUNCTIONS, (found) => !found.conditionsOnly && has(found, version)),
  conditions: tableOf(
    FUNCTIONS,
    (found) => has(found, version) && version >= (found.conditionsSince ?? Number.POSITIVE_INFINITY),
  ),
}))

/** The formats of CloudFormation have one version each. */
export const AWS_FUNCTIONS = foreignFunctions(awsFormatFunctions)
export const HEAT_FUNCTIONS = foreignFunctions(heatFormatFunctions)

function foreignFunctions(functions: readonly TemplateFunction[]): Functions {
  return {
    values: tableOf(functions, ({ conditionsOnly }) => conditionsOnly !== true),
    conditions: tableOf(functions, ({ conditionsSince }) => conditionsSince !== undefined),
  }
}

const NONE: Functions = { values: new Map(), conditions: new Map() }

export const functionsOf = (version: Version): Functions => BY_VERSION[version] ?? NONE

export const functionNames = (table: ReadonlyMap<string, TemplateFunction>): string[] => [...table.keys()].sort()

function has(found: TemplateFunction, version: Version): boolean {
  return version >= found.since && version < (found.until ?? Number.POSITIVE_INFINITY)
}

function tableOf(
  functions: readonly TemplateFunction[],
  fits: (found: TemplateFunction) => boolean,
): Map<string, TemplateFunction> {
  return new Map(functions.filter(fits).map((found) => [found.name, found]))
}

const BY_NAME = new Map(
  FUNCTIONS.filter((found) => !found.conditionsOnly && /^[a-z]/.test(found.name)).map((found) => [found.name, found]),
)
const BY_LETTERS = new Map([...BY_NAME.values()].map((found) => [letters(found.name), found]))
/** Only names of two words are compared by distance: `filters` or `repeats` are ordinary names of data. */
const TWO_WORDS = [...BY_NAME.values()].filter((found) => found.name.includes('_'))

/** The verdict on each key is remembered, for a template repeats its keys; the memory is bounded. */
const verdicts = new Map<string, TemplateFunction | undefined>()
const VERDICTS_MAX = 10_000

/** The function of any version whose name is `key` or nearly so. */
export function nearestFunction(
  key: string,
  distance: (one: string, other: string) => number,
): TemplateFunction | undefined {
  if (key.length < 2 || key.length > 24) return undefined
  if (verdicts.has(key)) return verdicts.get(key)
  if (verdicts.size >= VERDICTS_MAX) verdicts.clear()
  const verdict =
    BY_NAME.get(key) ?? (key.length > 5 ? (BY_LETTERS.get(letters(key)) ?? similar(key, distance)) : undefined)
  verdicts.set(key, verdict)
  return verdict
}

function similar(key: string, distance: (one: string, other: string) => number): TemplateFunction | undefined {
  const limit = key.length < 7 ? 1 : 2
  const near = TWO_WORDS.filter((found) => Math.abs(found.name.length - key.length) <= limit)
  const ranked = near.map((found) => ({ found, far: distance(key, found.name) })).sort((a, b) => a.far - b.far)
  return ranked[0] && ranked[0].far <= limit ? ranked[0].found : undefined
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '')
}
