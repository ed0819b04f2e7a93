// The `parameter_groups` section: only for people and forms, but checked, since a misspelt name in it helps nobody.
import { isJsonObject, type Json } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { Scope } from './scope.js'
import { checkKeys, mapAt } from './shape.js'
import { kindOf } from './text.js'

export const GROUP_KEYS: ReadonlySet<string> = new Set(['label', 'description', 'parameters'])

/** Checks the groups; `scope` stands at the section. */
export function readGroups(scope: Scope, section: Json, parameters: Json): void {
  if (section === null) return
  if (!Array.isArray(section)) return void scope.problem(`parameter_groups must be a list, not ${kindOf(section)}`)
  const known = isJsonObject(parameters) ? Object.keys(parameters) : []
  const seen = new Set<string>()
  for (const [index, group] of section.entries()) scope.at(index, () => readGroup(scope, group, known, seen))
}

function readGroup(scope: Scope, raw: Json, known: readonly string[], seen: Set<string>): void {
  const group = mapAt(scope, raw, 'a group')
  checkKeys(scope, group, GROUP_KEYS, 'a group')
  const { parameters } = group
  if (!Array.isArray(parameters)) return void scope.problem('a group needs a list of parameters')
  scope.at('parameters', () => {
    for (const [index, name] of parameters.entries()) scope.at(index, () => readMember(scope, name, known, seen))
  })
}

function readMember(scope: Scope, name: Json, known: readonly string[], seen: Set<string>): void {
  if (typeof name !== 'string') return void scope.problem(`expected the name of a parameter, not ${kindOf(name)}`)
  if (seen.has(name)) scope.problem(`the parameter ${name} is in a group already`)
  else if (!known.includes(name)) scope.problem(`no parameter named ${name}`, didYouMean(name, known))
  seen.add(name)
}
