// The environment's say in types: each definition gets the type that its name stands for.
import type { Problem } from '../../lib/problem.js'
import { matchesPattern } from '../../template/file-pattern.js'
import {
  type Definition,
  type Environment,
  type ResolvedType,
  resolveType,
  type Template,
} from '../../template/index.js'
import { type Files, findFile } from './closure.js'

export interface Mapped {
  readonly template: Template
  readonly problems: readonly Problem[]
}

export function mapTypes(template: Template, environment: Environment, files: Files): Mapped {
  const problems: Problem[] = []
  const resources = new Map<string, Definition>()
  let changed = false
  for (const [name, definition] of template.resources) {
    const resolved = resolveType(environment.registry, definition.type, name)
    const type = typeNameOf(resolved, files)
    // A definition whose type cannot be used is told once, here.
    const restricted = restrictionsOf(environment, name)
    if (type === undefined) problems.push(problemOf(template, name, definition.type, resolved))
    else resources.set(name, changedTo(definition, type, restricted))
    changed ||= type !== definition.type || restricted !== undefined
  }
  return { template: changed ? { ...template, resources } : template, problems }
}

function changedTo(definition: Definition, type: string, restricted: Definition['restricted']): Definition {
  if (type === definition.type && !restricted) return definition
  return { ...definition, type, ...(restricted && { restricted }) }
}

function restrictionsOf({ registry }: Environment, name: string): Definition['restricted'] {
  if (registry.interventions.length === 0) return undefined
  const values = registry.interventions.flatMap(({ key, pattern, values }) =>
    key === 'restricted_actions' && matchesPattern(pattern, name) ? values : [],
  )
  const actions = (['update', 'replace'] as const).filter((action) => values.includes(action))
  return actions.length === 0 ? undefined : actions
}

/** A template is called what the stack's files call it. */
function typeNameOf(resolved: ResolvedType, files: Files): string | undefined {
  switch (resolved.kind) {
    case 'type':
      return resolved.name
    case 'template':
      return findFile(files, resolved.file)
    case 'circular':
    case 'wildcard':
      return undefined
  }
}

function problemOf(template: Template, name: string, type: string, resolved: ResolvedType): Problem {
  const path = `resources.${name}.type`
  const at = { ...template.placeOf(path), path: template.writtenPath?.(path) ?? path }
  if (resolved.kind === 'circular') {
    const message = `the environment maps the type in a circle: ${resolved.names.join(' -> ')}`
    return { ...at, message, hint: 'mend the section resource_registry' }
  }
  if (resolved.kind === 'wildcard') {
    const message = `the environment maps ${type} to the wildcard ${resolved.target}`
    return { ...at, message, hint: `a wildcard stands for a wildcard: ${type}*: ${resolved.target}` }
  }
  const file = resolved.kind === 'template' ? resolved.file : type
  const stands = file === type ? '' : `${type} stands for the template ${file}, and `
  return { ...at, message: `${stands}no file named ${file} was given with the template` }
}
