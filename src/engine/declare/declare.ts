// From what a user declares to definitions that can be stored: parsed, resolved, and checked against the types, with
// every problem reported together.
import type { Json } from '../../lib/json.js'
import { InvalidInput, type Problem } from '../../lib/problem.js'
import type { ResourceType } from '../../provider/contract.js'
import { checkAttribute, checkProperties } from '../../provider/properties.js'
import type { TypeRegistry } from '../../provider/registry.js'
import { blot } from '../../provider/secrets.js'
import { HOW_TO_GIVE_A_KEY } from '../../store/keyring.js'
import type { DefinitionBody, StoredDefinition, TemplateRow } from '../../store/templates.js'
import { unknownPath } from '../../template/extensions.js'
import {
  type Definition,
  type Environment,
  findCycle,
  type Parsed,
  parseTemplate,
  referencesOf,
  resolveDefinition,
  resolveTemplate,
  type Template,
  writeDefinition,
} from '../../template/index.js'
import type { Facade } from '../../template/scope.js'
import { secretByType } from '../secrecy.js'
import { type Files, parsedFile } from './closure.js'
import { environmentOf } from './environment.js'
import { checkNested, markNested, type Outer } from './nested.js'
import type { DeclareOptions, Standpoint } from './options.js'
import { renew, renewalIn } from './renewal.js'
import { StackTypes } from './template-types.js'
import { tooMany } from './tree-limits.js'
import { mapTypes } from './type-mapping.js'

export interface Declared {
  readonly template: Template
  readonly definitions: ReadonlyMap<string, StoredDefinition>
  readonly record: TemplateRow
  /** The types that the template's resources have, templates among them. */
  readonly types: TypeRegistry
  /** Of resources, with those in nested stacks as far as they are known. */
  readonly size: number
  /** What the template and those in it say that is surely not meant. */
  readonly warnings: readonly Problem[]
  /** The stack's own name or id is in it, or may be: for another stack the same must be declared anew. */
  readonly namesItself: boolean
}

/** Throws InvalidInput with all problems. */
export async function declare(
  options: DeclareOptions,
  types: TypeRegistry,
  pseudo: Standpoint,
  hashSecret: HashSecret,
): Promise<Declared> {
  const { template } = options
  if (!isStream(template)) return declareWhole({ ...options, template }, types, pseudo, hashSecret)
  const environment = environmentOf(options.environment)
  const files = options.files ?? {}
  return complete(await readStream(template.resources, pseudo), null, {
    options,
    environment,
    files,
    types,
    pseudo,
    hashSecret,
  })
}

/** A template that is there as a whole. Throws InvalidInput with all problems. */
export function declareWhole(
  options: WholeOptions,
  types: TypeRegistry,
  pseudo: Standpoint,
  hashSecret: HashSecret,
  outer: readonly Outer[] = [],
): Declared {
  const environment = environmentOf(options.environment)
  const files = options.files ?? {}
  const { template, document } = resolve(options, pseudo, (sketch) =>
    checkTypeNames(mapTypes(sketch, environment, files).template, new StackTypes(types, files)),
  )
  const whole = options.sealed ? allSecret(template) : template
  return complete(whole, document, { options, environment, files, types, pseudo, hashSecret, outer })
}

export interface WholeOptions extends Omit<DeclareOptions, 'template'> {
  readonly template: string | { readonly [section: string]: unknown }
  readonly facade?: Facade
  /** Something secret came in from outside, and may stand anywhere. */
  readonly sealed?: boolean
}

export interface Surroundings {
  readonly options: Omit<DeclareOptions, 'template'>
  readonly environment: Environment
  readonly files: Files
  readonly types: TypeRegistry
  readonly pseudo: Standpoint
  readonly hashSecret: HashSecret
  readonly outer?: readonly Outer[]
}

/** Every parameter is hidden, and so is whatever a definition says. */
function allSecret(template: Template): Template {
  const parameters = Object.entries(template.parameters).map(([name, one]) => [name, { ...one, hidden: true }] as const)
  const resources = [...template.resources].map(([name, definition]): [string, Definition] => {
    const secret = ['metadata', ...Object.keys(definition.properties).map((property) => `properties.${property}`)]
    return [name, { ...definition, secret }]
  })
  return { ...template, parameters: Object.fromEntries(parameters), resources: new Map(resources) }
}

function complete(written: Template, document: Json, around: Surroundings): Declared {
  const { options, hashSecret } = around
  const { template, types, problems, size, warnings, namesItself } = examine(written, around)
  problems.push(...excess(size, around).map((problem) => ({ ...template.placeOf(problem.path), ...problem })))
  if (problems.length > 0) throw new InvalidInput(withoutHidden(problems, template))
  const definitions = new Map<string, StoredDefinition>()
  for (const [name, definition] of template.resources) {
    definitions.set(name, toStored(name, definition, types, hashSecret))
  }
  const hidden = Object.values(template.parameters).some((parameter) => parameter.hidden)
  const secret = hidden || [...definitions.values()].some(({ body }) => body.secret)
  return {
    template,
    definitions,
    types,
    size,
    namesItself,
    warnings: withoutHidden(warnings, template),
    record: {
      description: template.description,
      document,
      parameters: template.parameters,
      environment: options.environment ?? {},
      files: options.files ?? {},
      outputs: template.outputs,
      // What is secret may stand anywhere in the text.
      ...(secret && { secret: [] }),
    },
  }
}

/** A template, or a part of it, with its types mapped and what is wrong with it. A cycle within it is told before nested ones. */
export function examine(written: Template, around: Surroundings, others?: Others) {
  const { options, environment, files, outer = [] } = around
  const types = new StackTypes(around.types, files)
  const { template: old, problems: unmapped } = mapTypes(written, environment, files)
  const mapped = renew(old, types, around.pseudo)
  const problems = [...unmapped, ...checkTypes(mapped, types, others)]
  const template = markNested(mapped, types, {
    files,
    environment: options.environment ?? {},
    renewal: renewalIn(around),
  })
  const cycle = problems.length === 0 && !others ? findCycle(template) : undefined
  if (cycle) problems.push(cycle)
  const { warnings = [], namesItself = true } = template
  const known = { template, types, namesItself }
  if (problems.length > 0) return { ...known, problems, size: template.resources.size, warnings }
  const nested = checkNested(template, { ...around, types, engineTypes: around.types, outer })
  return {
    ...known,
    problems: [...nested.problems],
    size: template.resources.size + nested.size,
    warnings: [...warnings, ...nested.warnings],
    namesItself: namesItself || nested.namesItself,
  }
}

/** Told once, of the outermost stack. */
export function excess(size: number, { pseudo, outer = [] }: Pick<Surroundings, 'pseudo' | 'outer'>): Problem[] {
  const { resourcesMax = null } = pseudo.treeLimits ?? {}
  if (resourcesMax === null || size <= resourcesMax || outer.length > 0) return []
  const hint = 'make stacks of their own of some of them'
  return [{ path: 'resources', message: tooMany(size, resourcesMax), hint, exceeds: true }]
}

/** What is kept of the hash of secrets; undefined where there is no key, and then nothing secret is stored at all. */
export type HashSecret = ((plainHash: string) => string) | undefined

export const isStream = (
  template: DeclareOptions['template'],
): template is { readonly resources: AsyncIterable<readonly [string, object]> } =>
  typeof template === 'object' &&
  typeof template.resources === 'object' &&
  template.resources !== null &&
  Symbol.asyncIterator in template.resources

export function parse({ template, templateFile }: WholeOptions): Parsed {
  return typeof template === 'string' ? parsedFile(template, templateFile) : parseTemplate({ object: template })
}

function resolve(options: WholeOptions, pseudo: Standpoint, alsoWrong: (sketch: Template) => readonly Problem[]) {
  const parsed = parse(options)
  const { template, sketch, problems } = resolveTemplate(parsed, {
    ...parametersOf(options),
    files: options.files ?? {},
    pseudo,
    ...(options.facade && { facade: options.facade }),
  })
  if (!template) {
    const all = inOrder([...problems, ...(sketch ? alsoWrong(sketch) : [])])
    throw new InvalidInput(sketch ? withoutHidden(all, sketch) : all)
  }
  const document =
    typeof options.template === 'string' ? { text: options.template } : { object: parsed.document ?? null }
  return { template, document }
}

/** As a reader meets them. */
export const inOrder = (problems: Problem[]) => problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0))

/** What the user gives outranks the environment, which outranks the template's defaults. */
export function parametersOf({ parameters, environment }: WholeOptions) {
  const section = (name: string) => {
    const value = environment?.[name]
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  }
  return { parameters: { ...section('parameters'), ...parameters }, parameterDefaults: section('parameter_defaults') }
}

async function readStream(resources: AsyncIterable<readonly [string, object]>, pseudo: Standpoint): Promise<Template> {
  // One object for all: what is derived from it is worked out once.
  const options = { pseudo }
  const definitions = new Map<string, Definition>()
  const problems: Problem[] = []
  for await (const [name, raw] of resources) {
    const resolved = resolveDefinition(name, raw, options)
    if (resolved.definition) definitions.set(name, resolved.definition)
    problems.push(...resolved.problems)
    if (problems.length >= STREAM_PROBLEMS_MAX) break
  }
  for (const [name, { requires }] of definitions) {
    for (const required of requires) {
      if (definitions.has(required) || problems.length >= STREAM_PROBLEMS_MAX) continue
      problems.push({ path: `resources.${name}`, message: `there is no resource ${required}` })
    }
  }
  if (problems.length > 0) throw new InvalidInput(problems)
  return { description: '', parameters: {}, resources: definitions, outputs: {}, placeOf: () => undefined }
}

/** A stream may be long and wrong throughout; the first problems are enough to mend it. */
export const STREAM_PROBLEMS_MAX = 100

/** Throws InvalidInput when there are secrets to be stored and no key. */
export function requireKey({ template, definitions }: Declared, hashSecret: HashSecret): void {
  if (hashSecret) return
  const hidden = Object.keys(template.parameters).filter((name) => template.parameters[name]?.hidden)
  const bearing = [...definitions.values()].flatMap(({ name, body }) => (body.secret ? [name] : []))
  refuseSecrets(
    [...hidden.map((name) => `parameters.${name}`), ...bearing.map((name) => `resources.${name}`)],
    template,
  )
}

export function refuseSecrets(paths: readonly string[], { placeOf }: Pick<Template, 'placeOf'>): void {
  if (paths.length === 0) return
  const message = 'it holds secrets, which are never stored in clear, and this database has no key'
  throw new InvalidInput(paths.map((path) => ({ ...placeOf(path), path, message, hint: HOW_TO_GIVE_A_KEY })))
}

export function toStored(
  name: string,
  definition: Definition,
  types: TypeRegistry,
  hashSecret: HashSecret,
): StoredDefinition {
  const { requires, secret: _, ...known } = definition
  const secret = secretByType(definition, types.get(definition.type))
  const body: DefinitionBody = secret ? { ...known, secret } : known
  const { hash, text } = writeDefinition(definition)
  if (secret) return { name, requires, body, hash: hashSecret ? hashSecret(hash) : hash }
  return { name, requires, body, hash, ...(text !== undefined && { text }) }
}

/** Problems quote what is wrong; what is hidden is quoted by none. */
export function withoutHidden(problems: readonly Problem[], { parameters }: Pick<Template, 'parameters'>): Problem[] {
  const hidden = Object.values(parameters).flatMap((parameter) => (parameter.hidden ? [parameter.value] : []))
  if (hidden.length === 0) return [...problems]
  return problems.map((problem) => ({
    ...problem,
    message: blot(problem.message, ...hidden),
    ...(problem.hint !== undefined && { hint: blot(problem.hint, ...hidden) }),
  }))
}

export interface Reference {
  readonly resource: string
  readonly attribute: string
  readonly path: string
}

/** Where a template comes in parts: the types of what has come, and who is told of a reference to what has not. */
interface Others {
  typeOf(name: string): string | undefined
  ahead?(reference: Reference): void
}

/** Type names, properties and attributes, as far as they can be judged before anything exists. */
export function checkTypes(
  template: Template,
  types: TypeRegistry,
  others: Others = { typeOf: (name) => template.resources.get(name)?.type },
): Problem[] {
  const problems: Problem[] = checkTypeNames(template, types)
  const report = reporter(template, problems)
  for (const [name, definition] of template.resources) {
    checkReferences(`resources.${name}.properties`, definition.properties, others, types, report)
    const type = types.get(definition.type)
    if (!type) continue
    // What is only referred to need not be described.
    const wrong = definition.externalId === undefined ? checkProperties(type, definition.properties) : []
    for (const problem of wrong) {
      report(`resources.${name}.${problem.path}`, problem.message, problem.hint)
    }
    if (definition.deletionPolicy === 'Snapshot' && (!type.snapshot || type.composite)) {
      const hint = type.composite ? 'say it of the resources inside' : 'use Retain, or a type that can be kept'
      report(`resources.${name}.deletion_policy`, `${type.name} does not support the deletion policy Snapshot`, hint)
    }
    checkExisting(name, definition, type, report)
    const lost = type.anyProperties ? undefined : unknownPath(definition, Object.keys(type.properties))
    if (lost)
      report(`resources.${name}.isotherm.ignore_changes`, `${type.name} has no property ${lost.path}`, lost.hint)
  }
  for (const [name, output] of Object.entries(template.outputs)) {
    checkReferences(`outputs.${name}`, { value: output.value }, others, types, report)
  }
  return problems
}

/** What is only referred to may be of a type that cannot be read: Heat takes it at its word. */
function checkExisting(name: string, { externalId, isotherm }: Definition, type: ResourceType, report: Report): void {
  const adopt = isotherm?.adopt
  if (adopt !== undefined && !type.read) {
    const message = `${type.name} cannot be read, so ${adopt} cannot be taken up`
    report(`resources.${name}.isotherm.adopt`, message, 'only what can be read can')
  }
  if (externalId === undefined || !type.composite) return
  const message = `${type.name} is brought about by a stack of its own, which cannot be only referred to`
  report(`resources.${name}.external_id`, message, 'name what the other stack holds, one by one')
}

export function checkTypeNames(template: Template, types: TypeRegistry): Problem[] {
  const problems: Problem[] = []
  const report = reporter(template, problems)
  for (const [name, { type }] of template.resources) {
    if (type === '' || types.get(type)) continue
    const hint = types.hint(type) ?? whereTypesAre(type)
    report(`resources.${name}.type`, `there is no type ${type}`, hint)
  }
  return problems
}

/** Templates are brought along from clouds, whose types an environment stands in for. */
function whereTypesAre(type: string): string {
  const list = 'isotherm types lists those there are'
  return /^(OS|AWS)::/.test(type) ? `${list}; an environment may map it to one of them, or to a template` : list
}

type Report = (path: string, message: string, hint: string | undefined) => void

const reporter =
  (template: Template, problems: Problem[]): Report =>
  (path, message, hint) => {
    const written = template.writtenPath?.(path) ?? path
    problems.push({ ...template.placeOf(path), path: written, message, ...(hint !== undefined && { hint }) })
  }

function checkReferences(
  base: string,
  values: Definition['properties'],
  { typeOf, ahead }: Others,
  types: TypeRegistry,
  report: Report,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'object') continue
    for (const { resource, attribute, path } of referencesOf(value)) {
      if (attribute === undefined) continue
      const typeName = typeOf(resource)
      const where = () => [base, key, ...path].join('.')
      if (typeName === undefined) ahead?.({ resource, attribute, path: where() })
      const type = types.get(typeName ?? '')
      const problem = type && checkAttribute(type, attribute)
      if (problem) report(where(), problem.message, problem.hint)
    }
  }
}
