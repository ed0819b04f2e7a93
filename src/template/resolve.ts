// From a parsed document to a template: parameters and conditions are decided here, references between resources remain
// symbolic. Every section is read even after problems, so that all are told at once.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import { translate } from './cloud-formation.js'
import { Conditions, NO_CONDITIONS } from './conditions.js'
import { findCycle } from './cycle.js'
import type { Definition, Output, Template } from './definition.js'
import { readGroups } from './groups.js'
import { type Language, languageOf } from './language.js'
import { DEFAULT_LIMITS, type Limits } from './limits.js'
import { readMoves } from './moved.js'
import { resolveParameters, valuesOf } from './parameters.js'
import type { Parsed } from './parse.js'
import { plainJson } from './plain.js'
import { isEnabled, resolveResource } from './resource.js'
import { type Context, type Facade, Scope } from './scope.js'
import { checkKeys, doubtKeys, mapAt, textAt } from './shape.js'
import { kindOf, wordOf } from './text.js'
import { BROKEN, OMITTED, OPEN, setField } from './value.js'
import { NEWEST, rankOf, type Version, versionNamed, versionNames } from './version.js'
import { Work } from './work.js'

/** What `OS::stack_id` and its kin stand for. */
export interface Pseudo {
  readonly stackId: string
  readonly stackName: string
  readonly projectId: string
}

export interface ResolveOptions {
  /** What the user gives; a name that the template does not have is a problem. */
  readonly parameters?: { readonly [name: string]: unknown }
  /** Used where the user gives nothing; unknown names are ignored. */
  readonly parameterDefaults?: { readonly [name: string]: unknown }
  /** Contents by the name that get_file uses. */
  readonly files?: { readonly [name: string]: string }
  readonly pseudo: Pseudo
  readonly facade?: Facade
  /** Parameters whose values are not known yet: no template comes of it, but problems and a sketch. */
  readonly open?: ReadonlySet<string>
}

export interface Resolved {
  /** Undefined when there are problems. */
  readonly template: Template | undefined
  /** As far as it could be resolved, for further problems to be found in it. */
  readonly sketch: Template | undefined
  readonly problems: readonly Problem[]
}

/** Resolves a whole template. Never throws; the problems of parsing are handed on. */
export function resolveTemplate(parsed: Parsed, options: ResolveOptions): Resolved {
  if (parsed.document === undefined) return { template: undefined, sketch: undefined, problems: parsed.problems }
  const problems: Problem[] = []
  const template = new Resolution(parsed, options, { problems, warnings: [] }).template(parsed.document)
  const whole = problems.length === 0 && !options.open?.size
  return { template: whole ? template : undefined, sketch: template, problems }
}

const SECTIONS = [
  'heat_template_version',
  'description',
  'parameter_groups',
  'parameters',
  'resources',
  'outputs',
  'isotherm',
]

class Resolution {
  constructor(
    readonly parsed: Parsed,
    readonly options: ResolveOptions,
    readonly told: { readonly problems: Problem[]; readonly warnings: Problem[] },
  ) {}

  readonly #realParameters = new Map<string, string>()
  #namesItself = false

  template(written: Json): Template | undefined {
    const root = new Scope(this.#context(hot(NEWEST), {}, {}, NO_CONDITIONS), [])
    if (!isJsonObject(written)) {
      root.problem(
        `a template must be a map, not ${kindOf(written)}`,
        'it begins with heat_template_version: 2021-04-16',
      )
      return undefined
    }
    const foreign = translate(written, this.told, this.parsed.placeOf)
    const dialect: Dialect = foreign ?? hot(this.#version(root, written))
    const document = foreign?.document ?? written
    const scope = new Scope(this.#context(dialect, {}, {}, NO_CONDITIONS), [])
    if (!foreign) checkSections(scope, document)
    const parameters = resolveParameters(scope, document.parameters, this.#given())
    scope.at('parameter_groups', () =>
      readGroups(scope, document.parameter_groups ?? null, document.parameters ?? null),
    )
    const conditions = new Conditions(
      scope.at('conditions', () => mapAt(scope, document.conditions, 'the section conditions')),
    )
    const raws = scope.at('resources', () => mapAt(scope, document.resources, 'the section resources'))
    this.#reportDuplicateNames(scope, raws, document.parameters ?? null)
    const declared = Object.keys(mapOrEmpty(document.parameters))
    const values = {
      ...valuesFor(declared, this.options.open ?? NONE),
      ...valuesOf(parameters),
      ...pseudoValues(this.options.pseudo, foreign !== undefined),
    }
    const context = this.#context(dialect, values, raws, conditions, hiddenNames(parameters))
    conditions.check(context)
    const resources = this.#resources(context, raws)
    const said = new Scope(context, [])
    said.at('isotherm', () => readMoves(said, document.isotherm ?? null, resources))
    const outputs = this.#outputs(context, document.outputs)
    const placeOf = (path: string) => this.parsed.placeOf(dialect.writtenPath(path))
    this.#reportCycle(findCycle({ resources, placeOf }), dialect)
    const description = textAt(scope, document, 'description') ?? ''
    const { warnings } = this.told
    const { writtenPath } = dialect
    const namesItself = this.#namesItself
    return { description, parameters, resources, outputs, warnings, placeOf, writtenPath, namesItself }
  }

  #reportCycle(cycle: Problem | undefined, { writtenPath }: Dialect): void {
    const { file } = this.parsed
    if (cycle) this.told.problems.push({ ...(file !== undefined && { file }), ...cycle, path: writtenPath(cycle.path) })
  }

  #context(
    dialect: Dialect,
    values: JsonObject,
    raws: JsonObject,
    conditions: Conditions,
    hidden: ReadonlySet<string> = NONE,
  ): Context {
    const disabled = new Set<string>()
    const known = lookups(values, this.options.files ?? {}, hidden)
    const context: Context = {
      ...known,
      parameter: (name) => {
        if (OWN_NAMES.has(name)) this.#namesItself = true
        return known.parameter(name)
      },
      ...(this.options.facade && { facade: this.options.facade }),
      ...dialect,
      conditions,
      resource: (name) => (disabled.has(name) ? 'disabled' : Object.hasOwn(raws, name) ? 'present' : 'absent'),
      resourceNames: () => Object.keys(raws),
      work: new Work(this.parsed.limits),
      placeOf: this.parsed.placeOf,
      realAt: this.parsed.realAt,
      realParameters: this.#realParameters,
      ...this.told,
    }
    if (conditions === NO_CONDITIONS) return context
    for (const [name, raw] of Object.entries(raws)) {
      if (!isEnabled(new Scope(context, ['resources', name]), raw)) disabled.add(name)
    }
    return context
  }

  #given() {
    const read = (name: 'parameters' | 'parameterDefaults') => {
      const copy = plainJson(this.options[name] ?? {}, this.parsed.limits, this.told.problems, ['parameters'])
      return isJsonObject(copy) ? copy : {}
    }
    const { open } = this.options
    return { parameters: read('parameters'), parameterDefaults: read('parameterDefaults'), ...(open && { open }) }
  }

  /** Objects from TypeScript may leave the version out; files must say theirs, as in Heat. */
  #version(scope: Scope, document: JsonObject): Version {
    const written = document.heat_template_version
    if (written === undefined) {
      if (!this.parsed.objectGiven)
        scope.problem('the template does not say its version', 'begin it with heat_template_version: 2021-04-16')
      return NEWEST
    }
    const version = versionNamed(wordOf(written))
    if (version !== undefined) return version
    const near = /^\d{4}-\d\d-\d\d$/.test(wordOf(written)) ? undefined : didYouMean(wordOf(written), versionNames())
    const hint = near ?? `versions are ${[...versionNames()].join(', ')}`
    scope.at('heat_template_version', () => scope.problem(`unknown version ${wordOf(written)}`, hint))
    return NEWEST
  }

  #reportDuplicateNames(scope: Scope, raws: JsonObject, parameters: Json): void {
    for (const name of Object.keys(raws)) {
      if (!isJsonObject(parameters) || !Object.hasOwn(parameters, name)) continue
      const report = () => scope.problem(`${name} is the name of a parameter and of a resource`, 'rename one of them')
      scope.at('resources', () => scope.at(name, report))
    }
  }

  #resources(context: Context, raws: JsonObject): Map<string, Definition> {
    const resources = new Map<string, Definition>()
    const scope = new Scope(context, ['resources'])
    for (const [name, raw] of Object.entries(raws)) {
      if (context.resource(name) === 'disabled') continue
      scope.path.push(name)
      const definition = resolveResource(scope, name, raw)
      scope.path.pop()
      if (definition) resources.set(name, definition)
    }
    return resources
  }

  #outputs(context: Context, section: Json | undefined): { [name: string]: Output } {
    const scope = new Scope(context, ['outputs'])
    const outputs: { [name: string]: Output } = {}
    for (const [name, raw] of Object.entries(mapAt(scope, section, 'the section outputs'))) {
      const output = scope.at(name, () => resolveOutput(scope, raw))
      if (output) Object.defineProperty(outputs, name, { value: output, enumerable: true, configurable: true })
    }
    return outputs
  }
}

/** Parameters whose value is a problem already must not become a second problem wherever they are used. */
function valuesFor(names: readonly string[], open: ReadonlySet<string>): JsonObject {
  const values: JsonObject = {}
  for (const name of names) setField(values, name, open.has(name) ? OPEN : BROKEN)
  return values
}

function mapOrEmpty(raw: Json | undefined): JsonObject {
  return isJsonObject(raw) ? raw : {}
}

const NONE: ReadonlySet<string> = new Set()

function hiddenNames(parameters: { readonly [name: string]: { readonly hidden?: boolean } }): ReadonlySet<string> {
  const names = Object.keys(parameters).filter((name) => parameters[name]?.hidden)
  return names.length === 0 ? NONE : new Set(names)
}

/** How a template is written: what its keys are called, and what its expressions can say. */
interface Dialect {
  readonly version: Version
  readonly language: Language
  readonly mappings?: JsonObject
  readonly writtenPath: (path: string) => string
}

const asWritten = (path: string): string => path
const hot = (version: Version): Dialect => ({ version, language: languageOf(version), writtenPath: asWritten })

/** Where the formats of CloudFormation believe to be, as in Heat. */
const REGION = 'ap-southeast-1'

function pseudoValues({ stackId, stackName, projectId }: Pseudo, foreign = false): JsonObject {
  if (foreign) {
    const name = `arn:openstack:heat::${projectId}:stacks/${stackName}/${stackId}`
    return { 'AWS::StackId': name, 'AWS::StackName': stackName, 'AWS::Region': REGION }
  }
  return { 'OS::stack_id': stackId, 'OS::stack_name': stackName, 'OS::project_id': projectId }
}

/** Of the pseudo parameters those that differ from stack to stack. */
const OWN_NAMES: ReadonlySet<string> = new Set(['OS::stack_id', 'OS::stack_name', 'AWS::StackId', 'AWS::StackName'])

function lookups(values: JsonObject, files: { readonly [name: string]: string }, hidden: ReadonlySet<string>) {
  return {
    parameter: (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined),
    parameterNames: () => Object.keys(values),
    isHidden: (name: string) => hidden.has(name),
    files,
  }
}

/** The sections of a template in a version of the language. */
export const templateSections = (version: Version): ReadonlySet<string> =>
  new Set([...SECTIONS, ...(version >= rankOf('2016-10-14') ? ['conditions'] : [])])

function checkSections(scope: Scope, document: JsonObject): void {
  checkKeys(scope, document, templateSections(scope.context.version), 'a template', { conditions: '2016-10-14' })
}

const OUTPUT_KEYS = new Set(['value', 'description'])
const NEWER_OUTPUT_KEYS = new Set([...OUTPUT_KEYS, 'condition'])

/** The keys of an output in a version of the language. */
export const outputKeys = (version: Version): ReadonlySet<string> =>
  version >= rankOf('2016-10-14') ? NEWER_OUTPUT_KEYS : OUTPUT_KEYS

/** An output whose condition is false keeps its name; its value is null. */
function resolveOutput(scope: Scope, raw: Json): Output | undefined {
  const output = mapAt(scope, raw, 'an output')
  const noticeKeys = output.value === undefined ? checkKeys : doubtKeys
  noticeKeys(scope, output, outputKeys(scope.context.version), 'an output')
  if (output.value === undefined) {
    scope.problem('the output has no value')
    return undefined
  }
  const written = output.value
  const value = isEnabled(scope, output) ? scope.at('value', () => scope.resolveQuoted(written)) : null
  const description = textAt(scope, output, 'description')
  const known = value === OMITTED ? null : value
  return description === undefined ? { value: known } : { value: known, description }
}

// Definitions without a template: patches and streams

export interface DefinitionOptions {
  /** The resolved values of the stack's parameters, as in `Template.parameters`. */
  readonly parameters?: { readonly [name: string]: { readonly value: Json; readonly hidden?: boolean } }
  readonly files?: { readonly [name: string]: string }
  readonly pseudo: Pseudo
  /** A version by date or release; the newest when absent. */
  readonly version?: string
  /** Whether a resource of that name will exist. When absent, every reference is taken as good. */
  readonly exists?: (name: string) => boolean
  readonly limits?: Partial<Limits>
}

export interface ResolvedDefinition {
  /** Undefined when there are problems. */
  readonly definition: Definition | undefined
  readonly problems: readonly Problem[]
  /** What is read all the same, but surely not meant. */
  readonly warnings: readonly Problem[]
}

/** Everything that is derived from the options, and the scope that all definitions of a stream are resolved in. */
interface Stream {
  readonly scope: Scope
  readonly limits: Limits
}

const streams = new WeakMap<DefinitionOptions, Stream>()

/**
 * Resolves one definition given as an object. Hand in the same `options` object for each of a stream's definitions: what
 * is derived from it is kept. Never throws.
 */
export function resolveDefinition(name: string, raw: unknown, options: DefinitionOptions): ResolvedDefinition {
  const { scope, limits } = streams.get(options) ?? openStream(options)
  const { problems, warnings, work } = scope.context
  const path = ['resources', name]
  const plain = plainJson(raw, limits, problems, path)
  scope.path.push(...path)
  const definition = problems.length === 0 ? resolveSingle(scope, name, plain) : undefined
  scope.path.length = 0
  work.restart()
  const told = warnings.length > 0 ? warnings.splice(0) : NO_PROBLEMS
  if (problems.length > 0) return { definition: undefined, problems: problems.splice(0), warnings: told }
  return { definition, problems: NO_PROBLEMS, warnings: told }
}

const NO_PROBLEMS: readonly Problem[] = Object.freeze([])

function resolveSingle(scope: Scope, name: string, plain: Json): Definition | undefined {
  if (isJsonObject(plain) && plain.condition !== undefined) {
    const hint = 'leave the definition out instead'
    scope.at('condition', () => scope.problem('a definition that stands alone has no condition', hint))
  }
  return resolveResource(scope, name, plain)
}

function openStream(options: DefinitionOptions): Stream {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const values: JsonObject = pseudoValues(options.pseudo)
  for (const [name, { value }] of Object.entries(options.parameters ?? {})) setField(values, name, value)
  const context: Context = {
    ...lookups(values, options.files ?? {}, hiddenNames(options.parameters ?? {})),
    ...hot((options.version === undefined ? undefined : versionNamed(options.version)) ?? NEWEST),
    conditions: NO_CONDITIONS,
    resource: (name) => (options.exists === undefined || options.exists(name) ? 'present' : 'absent'),
    resourceNames: () => [],
    placeOf: () => undefined,
    realAt: () => undefined,
    realParameters: new Map(),
    work: new Work(limits),
    problems: [],
    warnings: [],
  }
  const stream = { scope: new Scope(context, []), limits }
  streams.set(options, stream)
  return stream
}
