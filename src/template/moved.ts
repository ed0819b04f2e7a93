// The section `isotherm:` of a template, beyond HOT: which resources were called otherwise, all in one place.
import { isJsonObject, type Json } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { Definition } from './definition.js'
import type { Scope } from './scope.js'
import { checkKeys, mapAt } from './shape.js'
import { kindOf } from './text.js'

const TEMPLATE_EXTENSIONS: ReadonlySet<string> = new Set(['moved'])
const MOVE_KEYS: ReadonlySet<string> = new Set(['from', 'to'])

/** Gives the resources their `moved_from`, as if each had said it itself; `scope` stands at the section. */
export function readMoves(scope: Scope, section: Json, resources: Map<string, Definition>): void {
  const written = mapAt(scope, section, 'isotherm')
  checkKeys(scope, written, TEMPLATE_EXTENSIONS, 'isotherm')
  const { moved = null } = written
  if (moved === null) return
  scope.at('moved', () => {
    if (!Array.isArray(moved)) return void scope.problem(`moved must be a list, not ${kindOf(moved)}`)
    for (const [index, move] of moved.entries()) scope.at(index, () => readMove(scope, move, resources))
  })
}

function readMove(scope: Scope, written: Json, resources: Map<string, Definition>): void {
  if (!isJsonObject(written)) return void scope.problem(`a move must be a map, not ${kindOf(written)}`)
  checkKeys(scope, written, MOVE_KEYS, 'a move')
  const { from, to } = written
  if (typeof from !== 'string' || from === '' || typeof to !== 'string') {
    return void scope.problem('a move needs the names from and to')
  }
  // It was switched off by its condition: there is nothing to be moved to.
  if (scope.context.resource(to) === 'disabled') return
  const definition = resources.get(to)
  if (!definition) return void scope.problem(`no resource named ${to}`, didYouMean(to, [...resources.keys()]))
  const said = definition.isotherm?.movedFrom
  if (said !== undefined && said !== from) return void scope.problem(`${to} says that it was called ${said}`)
  resources.set(to, { ...definition, isotherm: { ...definition.isotherm, movedFrom: from } })
}
