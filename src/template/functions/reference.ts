// Functions that look something up: a parameter, a resource, an attribute, a file.
import { isJsonObject, type Json } from '../../lib/json.js'
import { didYouMean } from '../../lib/suggest.js'
import { type Operation, refuse, templateFunction } from '../function.js'
import type { Scope } from '../scope.js'
import { type PathStep, selectPath } from '../select.js'
import { kindOf } from '../text.js'
import { BROKEN, makeCall, OMITTED, OPEN, quote, type Value } from '../value.js'
import { dateOf, rankOf } from '../version.js'
import { sizeOf } from '../work.js'

const isText = (argument: Json) => typeof argument === 'string'
const isList = (argument: Json) => Array.isArray(argument)

/** Walks a path that was not known while the template was read; what does not exist is an empty text. */
const select: Operation = {
  name: 'select',
  apply(argument) {
    const [data = null, ...path] = Array.isArray(argument) ? argument : refuse('expected a list')
    return partAt(data, path)
  },
}

/** Nothing as a step leads nowhere. */
function partAt(data: Json, path: readonly Json[]): Json {
  const found = path.includes(null) ? undefined : selectPath(data, path.map(pathStep))
  return found === undefined ? '' : found
}

export const referenceOperations = [select]

export const referenceFunctions = [
  templateFunction(
    'get_param',
    { conditionsSince: '2016-10-14', resembles: (argument) => isText(argument) || isList(argument) },
    getParam,
  ),
  templateFunction('get_resource', { resembles: isText }, getResource),
  templateFunction('get_attr', { resembles: isList }, getAttr),
  templateFunction('get_file', { resembles: isText }, getFile),
  templateFunction('resource_facade', { resembles: isText }, facade),
]

function pathStep(step: Json): PathStep {
  if (typeof step === 'string' || typeof step === 'number' || typeof step === 'boolean') return step
  return refuse(`a step of a path must be a name or a number, not ${kindOf(step)}`)
}

function getParam(scope: Scope, argument: Json): Value {
  const [rawName = null, ...rawPath] = Array.isArray(argument) ? argument : [argument]
  const name = scope.resolveNow(rawName)
  if (typeof name !== 'string') return refuse('expected the name of a parameter, or a list: [name, key, …]')
  return useParameter(scope, name, rawPath)
}

/** The value of a parameter, or the part of it that a path leads to. */
export function useParameter(scope: Scope, name: string, rawPath: readonly Json[]): Value {
  const value = scope.context.parameter(name)
  if (value === undefined) {
    return scope.problem(`no parameter named ${name}`, hintAt(scope, name, scope.context.parameterNames))
  }
  if (value === BROKEN) return scope.abandon()
  if (value === OPEN) return openParameter(scope, name, rawPath)
  if (scope.context.isHidden(name)) scope.hiddenUses++
  const { symbols, problemCount } = scope
  const path = rawPath
    .map((step, index) => scope.at(index + 1, () => scope.resolve(step)))
    .filter((step) => step !== OMITTED)
  if (scope.problemCount > problemCount) return null
  if (scope.symbols > symbols) return makeCall(select.name, [quote(value), ...path])
  const found = path.length === 0 ? value : partAt(value, path)
  scope.context.work.spend(sizeOf(found))
  return found
}

/** It stands in sketches only, which nobody evaluates. */
function openParameter(scope: Scope, name: string, rawPath: readonly Json[]): Value {
  const path = rawPath.map((step, index) => scope.at(index + 1, () => scope.resolve(step)))
  scope.symbols++
  scope.opens++
  return makeCall('get_param', name, ...path)
}

function getResource(scope: Scope, argument: Json): Value {
  const name = scope.resolveNow(argument)
  if (typeof name !== 'string') return refuse('expected the name of a resource')
  return referResource(scope, name)
}

export function referResource(scope: Scope, name: string): Value {
  return refer(scope, name) ? makeCall('get_resource', name) : null
}

function getAttr(scope: Scope, argument: Json): Value {
  if (!Array.isArray(argument)) return refuse('expected a list: [resource, attribute, key, …]')
  const [rawName = null, ...rawPath] = argument
  const name = scope.resolveNow(rawName)
  if (typeof name !== 'string') return refuse('the first item must be the name of a resource')
  const { version } = scope.context
  if (rawPath.length === 0 && version < rankOf('2015-10-15')) {
    return refuse(`version ${dateOf(version)} of the language needs the attribute's name too: [${name}, attribute]`)
  }
  return referAttribute(scope, name, rawPath)
}

export function referAttribute(scope: Scope, name: string, rawPath: readonly Json[]): Value {
  const path = rawPath.map((step, index) => scope.at(index + 1, () => quoteIfPlain(scope, step)))
  return refer(scope, name) ? makeCall('get_attr', name, ...path) : null
}

function quoteIfPlain(scope: Scope, raw: Json): Value {
  const { symbols, problemCount } = scope
  const step = scope.resolve(raw)
  if (scope.symbols === symbols && scope.problemCount === problemCount) pathStep(step)
  return step
}

/** Of thousands of wrong names the first are told what was meant: to look for each among thousands would take minutes. */
const HINTS_MAX = 200

const hintAt = ({ context }: Scope, name: string, names: () => Iterable<string>): string | undefined =>
  context.problems.length < HINTS_MAX ? didYouMean(name, names()) : undefined

/** Notes that the expression waits for `name`. */
function refer(scope: Scope, name: string): boolean {
  const presence = scope.context.resource(name)
  if (presence === 'disabled') {
    scope.problem(
      `the resource ${name} is not part of the stack, for its condition is false`,
      'put the reference into an if',
    )
    return false
  }
  if (presence === 'absent') {
    scope.problem(`no resource named ${name}`, hintAt(scope, name, scope.context.resourceNames))
    return false
  }
  scope.symbols++
  scope.references.add(name)
  return true
}

function getFile(scope: Scope, argument: Json): Value {
  const name = scope.resolveNow(argument)
  if (typeof name !== 'string') return refuse('expected the name of a file')
  const { files, work } = scope.context
  const content = Object.hasOwn(files, name) ? files[name] : undefined
  if (content === undefined) {
    return scope.problem(`no file named ${name} was given with the template`, didYouMean(name, Object.keys(files)))
  }
  work.spend(content.length)
  // A file may have been given as something else by callers that are not type-checked.
  if (isJsonObject(content) || typeof content !== 'string') return refuse(`the file ${name} is not text`)
  return content
}

/** The parts of the resource that stands for a whole template, seen from inside that template. */
function facade(scope: Scope, argument: Json): Value {
  const parts = ['metadata', 'deletion_policy', 'update_policy']
  if (typeof argument !== 'string' || !parts.includes(argument)) {
    const hint = typeof argument === 'string' ? didYouMean(argument, parts) : undefined
    return scope.problem(`expected one of ${parts.join(', ')}`, hint)
  }
  return partOfFacade(scope, 'resource_facade', argument)
}

export function partOfFacade(scope: Scope, called: string, part: string): Value {
  const facade: { readonly [part: string]: Json } | undefined = scope.context.facade && { ...scope.context.facade }
  if (facade) return facade[part] ?? null
  return scope.problem(
    `${called} has a meaning only in a template that is used as the type of a resource`,
    'this one stands for no resource',
  )
}
