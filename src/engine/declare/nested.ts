// Nested stacks in a declaration: which resources are composites, what they depend on besides their properties, and what is
// wrong with their templates, told together with everything else.
import { hashOf, isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { formatProblem, InvalidInput, type Problem } from '../../lib/problem.js'
import type { Composition } from '../../provider/composite.js'
import type { ResourceType } from '../../provider/contract.js'
import { ProviderError } from '../../provider/error.js'
import { completeProperties } from '../../provider/properties.js'
import type { TypeRegistry } from '../../provider/registry.js'
import type { Definition, Template } from '../../template/index.js'
import type { Facade } from '../../template/scope.js'
import { callOf, mapChildren, type Value } from '../../template/value.js'
import { environmentWithin, type Files, filesReachedBy, parsedFile } from './closure.js'
import { type Declared, declareWhole, type HashSecret, type WholeOptions } from './declare.js'
import type { Standpoint } from './options.js'
import { type Renewal, renewedInside } from './renewal.js'
import { problemsOfSketch } from './sketch.js'
import { DEFAULT_TREE_LIMITS, tooDeep } from './tree-limits.js'

/** A template inside which another one is declared: its file, or undefined when it has none. */
export interface Outer {
  readonly file: string | undefined
  readonly text: string | undefined
}

/** What of a stack its nested stacks may use. */
export interface Surroundings {
  readonly files: Files
  readonly environment: JsonObject
  /** What an update brings that is new whatever is declared. */
  readonly renewal?: Renewal | undefined
}

// ── which, and what they depend on ──────────────────────────────────────────────────────────────────────────────────

/** Composites get what they depend on besides their properties; everything else is as it was. */
export function markNested(template: Template, types: TypeRegistry, around: Surroundings): Template {
  const composites = [...template.resources].filter(([, { type }]) => types.get(type)?.composite)
  if (composites.length === 0) return template
  const asked = askedOf(template, new Set(composites.map(([name]) => name)))
  const resources = new Map(template.resources)
  for (const [name, definition] of composites) {
    const hash = dependenciesHash(name, definition, around)
    resources.set(name, { ...definition, nested: { hash, asked: [...(asked.get(name) ?? [])].sort() } })
  }
  return { ...template, resources }
}

/** The attributes of each composite that the template refers to, with the first step of the path where it is a word. */
function askedOf(template: Template, composites: ReadonlySet<string>): Map<string, Set<string>> {
  const asked = new Map<string, Set<string>>()
  const note = (value: Value) => {
    if (typeof value !== 'object') return
    eachAttribute(value, (resource, steps) => {
      if (!composites.has(resource)) return
      const names = asked.get(resource) ?? new Set<string>()
      asked.set(resource, names)
      const [attribute, first] = steps
      if (typeof attribute !== 'string') return
      names.add(attribute)
      if (typeof first === 'string' || typeof first === 'number') names.add(`${attribute}.${first}`)
    })
  }
  for (const { properties, metadata } of template.resources.values()) note([{ ...properties }, metadata])
  for (const { value } of Object.values(template.outputs)) note(value)
  return asked
}

function eachAttribute(value: Value, found: (resource: string, steps: readonly Value[]) => void): void {
  const call = callOf(value)
  if (call?.name === 'quote') return
  if (call?.name === 'get_attr' && typeof call.args[0] === 'string') found(call.args[0], call.args.slice(1))
  const children = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
  for (const child of children) if (typeof child === 'object') eachAttribute(child, found)
}

function dependenciesHash(name: string, definition: Definition, { files, environment, renewal }: Surroundings): string {
  const { type, properties } = definition
  const own = filesReachedBy([type, { ...properties }], files, undefined, environment.resource_registry ?? null)
  const inside = { files: own, environment: environmentWithin(environment, name, undefined) }
  const updateId = renewal && renewedInside([inside, type, { ...properties }], renewal)
  return hashOf(updateId === undefined ? inside : { ...inside, updateId })
}

// ── declaring ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where a composite stands. */
export interface Standing extends Surroundings {
  /** The resource's name. */
  readonly name: string
  readonly facade: Facade
  /** Of the nested stack. */
  readonly pseudo: Standpoint
  readonly outer: readonly Outer[]
  readonly hashSecret: HashSecret
  /** What the resource is given is secret, or in part. */
  readonly sealed: boolean
}

/** The nested stack that a composition asks for. Throws InvalidInput. */
export function declareNested(composition: Composition, standing: Standing, types: TypeRegistry): Declared {
  const { template, file } = composition
  const { pseudo, outer, hashSecret } = standing
  const text = typeof template === 'string' ? template : undefined
  return declareWhole(optionsOf(composition, standing), types, pseudo, hashSecret, [...outer, { file, text }])
}

function optionsOf({ template, file, parameters = {} }: Composition, standing: Standing): WholeOptions {
  const { name, environment, files, facade, pseudo, sealed } = standing
  const document = typeof template === 'string' ? (parsedFile(template, file).document ?? null) : template
  return {
    stack: pseudo.stackName,
    template,
    ...(file !== undefined && { templateFile: file }),
    parameters,
    environment: environmentWithin(environment, name, file),
    files: filesReachedBy([document, parameters], files, file, environment.resource_registry ?? null),
    facade,
    sealed,
  }
}

export const facadeOf = (definition: Pick<Definition, 'deletionPolicy' | 'updatePolicy'>, metadata: Json): Facade => ({
  metadata,
  deletion_policy: definition.deletionPolicy,
  update_policy: definition.updatePolicy ?? {},
})

// ── what is wrong with them ─────────────────────────────────────────────────────────────────────────────────────────

export interface Checking extends Pick<Standing, 'files' | 'pseudo' | 'outer' | 'hashSecret'> {
  readonly options: { readonly environment?: JsonObject }
  readonly types: TypeRegistry
  readonly engineTypes: TypeRegistry
}

/** So many different nested stacks of one declaration are declared ahead; the others are when their turn comes. */
const DECLARED_AHEAD_MAX = 50

/** As far as their properties are known now: what is wrong or doubtful, and how many resources there are in them. */
export function checkNested(template: Template, checking: Checking): Inside {
  const problems: Problem[] = []
  // Different stacks are made of one template.
  const warnings = new Map<string, Problem>()
  const sizes = new Map<string, number>()
  let [size, namesItself] = [0, false]
  for (const [name, definition] of template.resources) {
    const type = checking.types.get(definition.type)
    if (!type?.composite) continue
    const properties = knownProperties(definition)
    const key = hashOf([definition.type, properties ?? null, definition.nested?.hash ?? null])
    if (!sizes.has(key) && sizes.size < DECLARED_AHEAD_MAX) {
      const found = lookInside({ template, name, definition, type }, properties, checking)
      problems.push(...found.problems)
      for (const warning of found.warnings) warnings.set(formatProblem(warning), warning)
      sizes.set(key, found.size)
      namesItself ||= found.namesItself
    }
    size += sizes.get(key) ?? 0
  }
  return { problems, warnings: [...warnings.values()], size, namesItself }
}

/** The properties as plain data; undefined when some depend on other resources. */
export function knownProperties({ properties }: Definition): JsonObject | undefined {
  let known = true
  const plain = (value: Value): Json => {
    const call = callOf(value)
    if (call?.name === 'quote') return call.args[0] ?? null
    if (call) known = false
    return call ? null : mapChildren(value, plain)
  }
  const values = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, plain(value)]))
  return known ? values : undefined
}

interface Checked {
  readonly template: Template
  readonly name: string
  readonly definition: Definition
  readonly type: ResourceType
}

interface Inside {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** Resources, with whatever is nested in it. */
  readonly size: number
  /** As templates do: what was found may be otherwise in a stack of another name. */
  readonly namesItself: boolean
}

const wrong = (...problems: Problem[]): Inside => ({ problems, warnings: [], size: 0, namesItself: true })

function lookInside(checked: Checked, properties: JsonObject | undefined, checking: Checking): Inside {
  const { template, name, definition } = checked
  const own = `resources.${name}`
  const here = { ...template.placeOf(own), path: template.writtenPath?.(own) ?? own }
  const { files, options, pseudo, outer, hashSecret } = checking
  const standing = {
    name,
    files,
    environment: options.environment ?? {},
    facade: facadeOf(definition, {}),
    pseudo: { ...pseudo, stackName: `${pseudo.stackName}-${name}` },
    outer,
    hashSecret,
    sealed: (definition.secret?.length ?? 0) > 0,
  }
  try {
    if (!properties) return wrong(...problemsWithOpen(checked, standing, checking))
    const ahead = declareAhead(checked, properties, standing, checking)
    return 'message' in ahead ? wrong({ ...here, ...ahead }) : { ...ahead, problems: [] }
  } catch (error) {
    if (error instanceof ProviderError) return wrong({ ...here, message: error.message })
    if (!(error instanceof InvalidInput)) throw error
    const within = (problem: Problem) =>
      problem.line === undefined ? { ...problem, ...here, path: `${here.path}.${problem.path}` } : problem
    return wrong(...error.problems.map(within))
  }
}

/** Of a template whose properties depend on other resources: what is wrong with it whatever they are. */
function problemsWithOpen(
  { definition, type }: Checked,
  standing: Standing,
  { engineTypes }: Checking,
): readonly Problem[] {
  const text = standing.files[definition.type]
  if (text === undefined || standing.outer.length >= depthMaxOf(standing)) return []
  const options = optionsOf({ template: text, file: definition.type }, standing)
  return problemsOfSketch(options, engineTypes, standing.pseudo, new Set(Object.keys(type.properties)))
}

/** @returns it, or why it cannot be declared at all. Throws InvalidInput with the problems inside it. */
function declareAhead(
  { name, definition, type }: Checked,
  properties: JsonObject,
  standing: Standing,
  { files, engineTypes, outer }: Checking,
): Declared | Pick<Problem, 'message' | 'hint' | 'exceeds'> {
  const updatePolicy = definition.updatePolicy ?? {}
  const around = { name, token: '', files, updatePolicy, memory: null, members: [] }
  const composition = compose(type, completeProperties(type, properties), around)
  const { file, template: text } = composition
  if (typeof text === 'string' && file !== undefined && outer.some((one) => one.text === text))
    return { message: `${file} contains itself`, hint: 'a template cannot be a part of itself' }
  const depthMax = depthMaxOf(standing)
  if (outer.length >= depthMax) return { message: tooDeep(depthMax), hint: 'nest them less deep', exceeds: true }
  return declareNested(composition, standing, engineTypes)
}

const depthMaxOf = ({ pseudo }: Pick<Standing, 'pseudo'>): number =>
  pseudo.treeLimits?.nestedDepthMax ?? DEFAULT_TREE_LIMITS.nestedDepthMax

/** The composition that a composite's properties ask for. Throws ProviderError. */
export function compose(
  type: ResourceType,
  properties: JsonObject,
  around: Parameters<NonNullable<ResourceType['composite']>['compose']>[1],
): Composition {
  if (!type.composite) throw new ProviderError('fatal', `${type.name} is no composite`)
  return type.composite.compose(properties, around)
}
