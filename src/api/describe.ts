// What a template asks of whoever uses it: its parameters with their rules, and whether anything is wrong with it apart
// from values that are still to be given.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput, type Problem, type Warned } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import { KeyMissing } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { readDefinitionsAt } from '../store/templates.js'
import { parseTemplate } from '../template/index.js'
import type { Isotherm } from './isotherm.js'
import type { DeclareOptions, ValidateOptions } from './options.js'

export interface ParameterDescription {
  readonly name: string
  /** As templates write it, for example `comma_delimited_list` or `CommaDelimitedList`. */
  readonly type: string
  readonly label: string
  readonly description: string
  readonly hidden: boolean
  readonly default?: Json
  /** Given by the environment. */
  readonly value?: Json
  /** As HOT writes them. */
  readonly constraints: readonly JsonObject[]
  readonly tags: readonly string[]
}

export interface TemplateDescription {
  readonly description: string
  readonly parameters: readonly ParameterDescription[]
  readonly parameterGroups: Json
}

/** Throws InvalidInput with every problem but those of values that are missing. */
export async function describeTemplate(
  isotherm: Isotherm,
  options: ValidateOptions & { readonly template: string | JsonObject },
): Promise<TemplateDescription & Warned> {
  const { document } = parseTemplate(
    typeof options.template === 'string' ? { text: options.template } : { object: options.template },
  )
  const described = describeDocument(document, valuesOf(options))
  const warnings = await checkAll(isotherm, options, described.parameters)
  return { ...described, ...(warnings.length > 0 && { warnings }) }
}

/** @param given the values of parameters, as far as they are known */
export function describeDocument(document: Json | undefined, given: JsonObject): TemplateDescription {
  const root = isJsonObject(document) ? document : {}
  const description = root.description ?? root.Description
  return {
    description: typeof description === 'string' ? description : 'No description',
    parameters: parametersIn(root, given),
    parameterGroups: root.parameter_groups ?? null,
  }
}

/** @returns what is doubtful where nothing is wrong */
async function checkAll(
  isotherm: Isotherm,
  options: ValidateOptions,
  parameters: readonly ParameterDescription[],
): Promise<readonly Problem[]> {
  const standIns = standInsFor(parameters)
  const problems = await isotherm.validate({ ...options, parameters: { ...options.parameters, ...standIns } })
  // A value that stands in for one to come may break a rule that the real one keeps.
  const real = problems.filter(
    ({ path, severity }) =>
      severity !== 'warning' && !Object.hasOwn(standIns, /^[Pp]arameters\.([^.]+)/.exec(path)?.[1] ?? ''),
  )
  if (real.length > 0) throw new InvalidInput(real)
  return problems.filter(({ severity }) => severity === 'warning')
}

/** Values for the parameters that have none yet. */
export function standInsFor(parameters: readonly ParameterDescription[]): JsonObject {
  const missing = parameters.filter((one) => one.default === undefined && one.value === undefined)
  return Object.fromEntries(missing.map((one) => [one.name, standInFor(one)]))
}

function standInFor({ type, constraints }: ParameterDescription): Json {
  for (const { allowed_values: allowed } of constraints) {
    if (Array.isArray(allowed) && allowed[0] !== undefined) return allowed[0]
  }
  return STAND_INS[type.toLowerCase()] ?? ''
}

const STAND_INS: { readonly [type: string]: Json } = {
  number: 0,
  boolean: false,
  json: {},
  comma_delimited_list: [],
  commadelimitedlist: [],
}

function valuesOf({ environment, parameters }: Omit<DeclareOptions, 'stack'>): JsonObject {
  const section = (name: string) => (isJsonObject(environment?.[name]) ? environment[name] : {})
  return { ...section('parameter_defaults'), ...section('parameters'), ...parameters }
}

function parametersIn(root: JsonObject, given: JsonObject): ParameterDescription[] {
  const section = root.parameters ?? root.Parameters
  if (!isJsonObject(section)) return []
  return Object.entries(section).flatMap(([name, schema]) =>
    isJsonObject(schema) ? [describe(name, schema, given[name])] : [],
  )
}

function describe(name: string, schema: JsonObject, value: Json | undefined): ParameterDescription {
  const text = (...keys: string[]) => keys.map((key) => schema[key]).find((found) => typeof found === 'string')
  const fallback = schema.default ?? schema.Default
  const tags = schema.tags
  return {
    name,
    type: String(schema.type ?? schema.Type ?? 'string'),
    label: String(text('label', 'Label') ?? name),
    description: String(text('description', 'Description') ?? ''),
    hidden: /^true$/i.test(String(schema.hidden ?? schema.NoEcho ?? false)),
    ...(fallback !== undefined && fallback !== null && { default: fallback }),
    ...(value !== undefined && { value }),
    constraints: constraintsIn(schema),
    tags: Array.isArray(tags) ? tags.map(String) : [],
  }
}

/** CloudFormation says each of them as a key of the parameter itself. */
function constraintsIn(schema: JsonObject): JsonObject[] {
  if (Array.isArray(schema.constraints)) return schema.constraints.filter(isJsonObject)
  const about = schema.ConstraintDescription === undefined ? {} : { description: schema.ConstraintDescription }
  const found: JsonObject[] = []
  const range = (kind: string, min: Json | undefined, max: Json | undefined) => {
    if (min === undefined && max === undefined) return
    found.push({ [kind]: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }, ...about })
  }
  range('length', schema.MinLength, schema.MaxLength)
  range('range', schema.MinValue, schema.MaxValue)
  if (schema.AllowedValues !== undefined) found.push({ allowed_values: schema.AllowedValues, ...about })
  if (schema.AllowedPattern !== undefined) found.push({ allowed_pattern: schema.AllowedPattern, ...about })
  return found
}

/** What the template in force says that its resources are for. */
export async function descriptionsOf(
  sql: Sql,
  { id, templateTraversal }: Pick<StackRow, 'id' | 'templateTraversal'>,
  names: readonly string[],
): Promise<(name: string) => string> {
  const definitions = await readDefinitionsAt(sql, id, templateTraversal, [...new Set(names)]).catch(noneWithoutKey)
  const byName = new Map(definitions.map(({ name, body }) => [name, body.description ?? '']))
  return (name) => byName.get(name) ?? ''
}

/** What is for people only is no reason to refuse the rest. */
function noneWithoutKey(error: unknown): [] {
  if (error instanceof KeyMissing) return []
  throw error
}
