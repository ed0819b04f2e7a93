// Environment files: parameters and types kept beside a template. Read and merged here, so that the command line, a server
// and a program agree on what they mean.
import type { Json, JsonObject } from '../../lib/json.js'
import { InvalidInput, type Problem } from '../../lib/problem.js'
import { type HookRule, hookRulesOf } from '../../template/hooks.js'
import {
  type Environment,
  mergeEnvironments,
  parameterTypesOf,
  parseEnvironment,
  parseTemplate,
} from '../../template/index.js'

interface Source {
  readonly text: string
  readonly file?: string
}

/**
 * Reads environments (YAML or JSON). Where two say something of the same name the later one holds, unless
 * `parameter_merge_strategies` bring the values together: as what, the `template` knows. Throws InvalidInput.
 */
export function readEnvironments(sources: readonly Source[], template?: Source): JsonObject {
  const read = sources.map((source) => parseTemplate(source))
  const parsed = read.map(parseEnvironment)
  const problems = parsed.flatMap((one) => one.problems)
  if (problems.length > 0) throw new InvalidInput(problems)
  const environments = parsed.map(({ environment }) => environment)
  const { merged, problems: conflicts, warnings } = mergeEnvironments(environments, typesIn(template, environments))
  if (conflicts.length > 0) throw new InvalidInput(conflicts)
  origins.set(merged, { environments, warnings: [...read.flatMap((one) => one.warnings), ...warnings] })
  return merged
}

/** The template is read for its parameters only when something is to be merged by their types. */
function typesIn(template: Source | undefined, environments: readonly Environment[]) {
  const merges = environments.some(
    ({ strategies }) => strategies.fallback !== 'overwrite' || strategies.byParameter.size > 0,
  )
  const document = template && merges ? parseTemplate(template).document : null
  return parameterTypesOf(document ?? null)
}

/** Which files a merged environment was read from, so that what is found wrong later still has its place. */
const origins = new WeakMap<
  object,
  { readonly environments: readonly Environment[]; readonly warnings: readonly Problem[] }
>()

/** What of an environment does not hold, is surely not meant, or cannot be had here. Throws InvalidInput. */
export function warningsIn(environment: JsonObject | undefined): readonly Problem[] {
  if (!environment) return []
  const merging = origins.get(environment)?.warnings ?? []
  const { eventSinks, registry, problemAt } = environmentOf(environment)
  const misplaced = registry.misplaced.map((path): Problem => {
    const message = 'this is said of no resource: it means nothing'
    const hint = `write resource_registry: { resources: { NAME: { ${path.at(-1)}: … } } }`
    return { ...problemAt(['resource_registry', ...path].join('.'), message, hint), severity: 'warning' }
  })
  if (eventSinks.length === 0) return [...merging, ...misplaced]
  const message = 'a zaqar-queue is a queue in a cloud, which nothing here can reach: no events are sent to it'
  const hint = 'isotherm events --follow, or …/watch of a server, tells events as they happen'
  return [...merging, ...misplaced, { ...problemAt('event_sinks', message, hint), severity: 'warning' }]
}

/** What an environment given as an object says. Throws InvalidInput. */
export function environmentOf(given: { readonly [section: string]: Json } | undefined): Environment {
  const { environment, problems } = parseEnvironment(parseTemplate({ object: given ?? {} }))
  if (problems.length > 0) throw new InvalidInput(problems)
  const files = (given && origins.get(given)?.environments) ?? []
  return { ...environment, problemAt: (...problem) => problemIn(files, environment)(...problem) }
}

/** The hooks that an environment asks for; null when there are none. */
export const hooksIn = (environment: JsonObject): readonly HookRule[] | null =>
  environment.resource_registry === undefined ? null : (hookRulesOf(environmentOf(environment).registry) ?? null)

/** Told where the last of the files says it. */
function problemIn(files: readonly Environment[], merged: Environment): Environment['problemAt'] {
  return (path, ...rest) => {
    const source = [...files].reverse().find((file) => says(file, path)) ?? files.at(-1) ?? merged
    return source.problemAt(path, ...rest)
  }
}

function says({ resourceRegistry, eventSinks }: Environment, path: string): boolean {
  const [, entry] = /^resource_registry\.([^.]+)$/.exec(path) ?? []
  if (entry !== undefined) return Object.hasOwn(resourceRegistry, entry)
  const [section, pattern = ''] = path.replace(/^resource_registry\.resources\./, 'resources\0').split('\0')
  if (section !== 'resources') return path.startsWith('event_sinks') && eventSinks.length > 0
  const { resources } = resourceRegistry
  return (
    typeof resources === 'object' &&
    resources !== null &&
    Object.keys(resources).some((name) => pattern.startsWith(name))
  )
}
