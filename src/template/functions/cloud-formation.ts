// The functions of the CloudFormation formats, some of which the first versions of HOT have too.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { didYouMean } from '../../lib/suggest.js'
import { eager, isOpen, type Operation, refuse, type TemplateFunction, templateFunction } from '../function.js'
import type { Scope } from '../scope.js'
import { kindOf, show } from '../text.js'
import { BROKEN, mapChildren, setField, type Value } from '../value.js'
import type { Work } from '../work.js'
import { choose, equals, truths } from './condition.js'
import { joinTexts } from './join.js'
import { partOfFacade, referAttribute, referResource, useParameter } from './reference.js'
import { scalars as replaceScalars } from './replace.js'
import { split } from './split.js'

const selectOperation: Operation = { name: 'Fn::Select', check: checkSelect, apply: select }
const splitOperation: Operation = { name: 'Fn::Split', apply: splitText }
const replaceOperation: Operation = { name: 'Fn::Replace', apply: replace }
const base64: Operation = { name: 'Fn::Base64', apply: textItself }
const memberListToMap: Operation = { name: 'Fn::MemberListToMap', apply: membersToMap }

export const cloudFormationOperations = [selectOperation, splitOperation, replaceOperation, base64, memberListToMap]

const isList = (argument: Json) => Array.isArray(argument)
const isText = (argument: Json) => typeof argument === 'string'

function shared(until: '2014-10-16' | '2015-10-15' | undefined): TemplateFunction[] {
  const traits = until === undefined ? {} : { until }
  return [
    templateFunction('Ref', { ...traits, conditionsSince: '2013-05-23', resembles: isText }, ref),
    templateFunction('Fn::GetAZs', traits, zones),
    eager('Fn::Select', { ...traits, ...(until && { until: '2015-10-15' }), resembles: isList }, selectOperation),
    eager('Fn::Join', { ...traits, resembles: isList }, joinTexts),
    eager('Fn::Split', { ...traits, resembles: isList }, splitOperation),
    spelling(eager('Fn::Replace', { ...traits, resembles: isList }, replaceOperation)),
    eager('Fn::Base64', traits, base64),
    eager('Fn::MemberListToMap', { ...traits, resembles: isList }, memberListToMap),
    templateFunction('Fn::ResourceFacade', { ...traits, resembles: isText }, facade),
  ]
}

/** What is put into the text is put there as it was written. */
function spelling(found: TemplateFunction): TemplateFunction {
  return {
    ...found,
    resolve(scope, argument) {
      const spelled = mapChildren(argument, (part, at) =>
        at === 0 && isJsonObject(part) && !scope.isCall(part) ? scope.at(0, () => scope.textualParts(part)) : part,
      )
      return found.resolve(scope, spelled)
    },
  }
}

/** Those that HOT has: all of them in its first version, and Fn::Select for a while longer. */
export const hotCloudFormationFunctions = shared('2014-10-16').map((found) => {
  const { conditionsSince: _, ...withoutConditions } = found
  return withoutConditions
})

const IN_CONDITIONS = { conditionsSince: '2013-05-23' } as const
const CONDITIONS_ONLY = { ...IN_CONDITIONS, conditionsOnly: true } as const

/** HeatTemplateFormatVersion: everything but conditions. */
export const heatFormatFunctions: readonly TemplateFunction[] = [
  ...shared(undefined),
  templateFunction('Fn::GetAtt', { resembles: () => true }, getAttribute),
  templateFunction('Fn::FindInMap', { ...IN_CONDITIONS, resembles: isList }, findInMap),
]

/** AWSTemplateFormatVersion. */
export const awsFormatFunctions: readonly TemplateFunction[] = [
  ...heatFormatFunctions,
  templateFunction('Fn::If', { resembles: isList }, choose),
  eager('Fn::Equals', CONDITIONS_ONLY, equals),
  templateFunction('Fn::Not', CONDITIONS_ONLY, not),
  templateFunction('Fn::And', CONDITIONS_ONLY, (scope, argument) => truths(scope, argument).every(Boolean)),
  templateFunction('Fn::Or', CONDITIONS_ONLY, (scope, argument) => truths(scope, argument).some(Boolean)),
  templateFunction('Condition', CONDITIONS_ONLY, (scope, argument) =>
    typeof argument === 'string' ? scope.condition(argument) : refuse('expected the name of a condition'),
  ),
]

/** A parameter or pseudo parameter by that name, else a resource. */
function ref(scope: Scope, argument: Json): Value {
  const name = scope.resolveNow(argument)
  if (typeof name !== 'string') return refuse('expected the name of a parameter or of a resource')
  if (scope.context.parameter(name) !== undefined) return useParameter(scope, name, [])
  if (scope.inCondition) {
    const hint = didYouMean(name, scope.context.parameterNames())
    return scope.problem(`no parameter named ${name}`, hint)
  }
  if (scope.context.resource(name) === 'absent') {
    const known = [...scope.context.parameterNames(), ...scope.context.resourceNames()]
    return scope.problem(`no parameter or resource named ${name}`, didYouMean(name, known))
  }
  return referResource(scope, name)
}

/** `[resource, attribute]`, or both in one text with a dot between them. */
function getAttribute(scope: Scope, argument: Json): Value {
  const expected = 'expected a list: [resource, attribute]'
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.')
    return dot < 1 ? refuse(expected) : referAttribute(scope, argument.slice(0, dot), [argument.slice(dot + 1)])
  }
  if (!Array.isArray(argument) || argument.length !== 2) return refuse(expected)
  const [rawName = null, attribute = null] = argument
  const name = scope.at(0, () => scope.resolveNow(rawName))
  if (typeof name !== 'string') return refuse('the first item must be the name of a resource')
  return referAttribute(scope, name, [attribute])
}

function findInMap(scope: Scope, argument: Json): Value {
  if (!Array.isArray(argument) || argument.length !== 3)
    return refuse('expected a list: [mapping, first key, second key]')
  const { problemCount } = scope
  const [mapping = null, key = null, name = null] = argument.map((part, index) =>
    scope.at(index, () => scope.resolveNow(scope.textual(part))),
  )
  if (scope.problemCount > problemCount || [mapping, key, name].includes(BROKEN)) return scope.abandon()
  const found = [mapping, key, name].reduce<Json | undefined>(
    (within, step, level) => (within === undefined ? undefined : entryOf(scope, within, step, level)),
    scope.context.mappings ?? {},
  )
  return found ?? null
}

const LEVELS = ['mapping', 'key', 'second key']

function entryOf(scope: Scope, within: Json, step: Json, level: number): Json | undefined {
  const name = typeof step === 'object' ? show(step) : String(step)
  // A number may be written with a point here and without there.
  for (const spelling of [name, name.replace(/^(-?\d+)\.0$/, '$1')])
    if (isJsonObject(within) && Object.hasOwn(within, spelling)) return within[spelling]
  const known = isJsonObject(within) ? Object.keys(within) : []
  scope.at(level, () => scope.problem(`no ${LEVELS[level]} named ${name}`, didYouMean(name, known)))
  return undefined
}

/** There is one zone, by the name that Heat gives it where there are none. */
function zones(scope: Scope, argument: Json): Value {
  scope.resolveNow(argument)
  return ['nova']
}

const FACADE_PARTS = new Map([
  ['Metadata', 'metadata'],
  ['DeletionPolicy', 'deletion_policy'],
  ['UpdatePolicy', 'update_policy'],
])

function facade(scope: Scope, argument: Json): Value {
  const part = FACADE_PARTS.get(typeof argument === 'string' ? argument : '')
  if (part === undefined) return refuse(`expected one of ${[...FACADE_PARTS.keys()].join(', ')}`)
  return partOfFacade(scope, 'Fn::ResourceFacade', part)
}

/** One condition, in a list or not. */
function not(scope: Scope, argument: Json): boolean {
  if (!Array.isArray(argument)) return !scope.condition(argument)
  if (argument.length !== 1) return refuse('expected a list of one condition')
  return scope.at(0, () => !scope.condition(argument[0] ?? null))
}

// Operations

const SELECT_EXPECTED = 'expected a list: [index, list] or [key, map]'

function checkSelect(argument: Value): void {
  if (!isOpen(argument) && (!Array.isArray(argument) || argument.length !== 2)) refuse(SELECT_EXPECTED)
}

/** What does not exist is an empty text. */
function select(argument: Json): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse(SELECT_EXPECTED)
  const [index = null, given = null] = argument
  const collection = typeof given === 'string' && given !== '' ? parsed(given) : given
  if (collection === null || collection === '') return ''
  if (isJsonObject(collection)) {
    if (typeof index === 'object') return refuse(`the key must be a text, not ${kindOf(index)}`)
    return Object.hasOwn(collection, String(index)) ? (collection[String(index)] ?? null) : ''
  }
  if (!Array.isArray(collection)) return refuse(`expected a list or a map to select from, not ${kindOf(collection)}`)
  const item = collection.at(wholeNumber(index) ?? refuse(`the index must be a whole number, not ${show(index)}`))
  return item === undefined ? '' : item
}

/** As Python reads it: what lies behind the point is cut off, a truth is 1 or 0, digits may be in groups. */
function wholeNumber(index: Json): number | undefined {
  if (typeof index === 'number' || typeof index === 'boolean') return Math.trunc(Number(index))
  if (typeof index !== 'string' || !/^\s*[-+]?\d+(_\d+)*\s*$/.test(index)) return undefined
  return Number(index.replaceAll('_', ''))
}

/** A list or map may come as its JSON text. */
function parsed(text: string): Json {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return refuse('expected a list or a map to select from, not a text that is no JSON')
  }
}

function splitText(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list: [delimiter, text]')
  const [delimiter = null, text = null] = argument
  if (typeof delimiter !== 'string') return refuse(`the delimiter must be a text, not ${kindOf(delimiter)}`)
  if (typeof text !== 'string') return refuse(`expected a text to split, not ${kindOf(text)}`)
  return split.apply(argument, work)
}

function replace(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse('expected a list: [{ key: value, … }, text]')
  const [params = null, template = null] = argument
  if (!isJsonObject(params)) return refuse(`expected a map first, not ${kindOf(params)}`)
  return replaceScalars.apply({ template, params }, work)
}

/** Nothing is encoded: what receives the text takes it plain, as in Heat. */
function textItself(argument: Json): Json {
  return typeof argument === 'string' ? argument : refuse(`expected a text, not ${kindOf(argument)}`)
}

/** `[".member.0.Name=key", ".member.0.Value=value"]` is `{ key: value }`, in the order of the numbers. */
function membersToMap(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length !== 3)
    return refuse('expected a list: [key name, value name, members]')
  const [keyName, valueName, members] = argument
  if (typeof keyName !== 'string' || typeof valueName !== 'string') return refuse('the two names must be texts')
  // What does not exist is an empty text.
  if (members === '') return {}
  if (!Array.isArray(members)) return refuse('the members must be a list of texts')
  work.spend(members.length)
  const parts = new Map<string, string>()
  for (const member of members) {
    if (typeof member !== 'string') return refuse(`the members must be texts, not ${kindOf(member)}`)
    const at = member.indexOf('=')
    if (at < 0) return refuse(`a member must be NAME=VALUE, not ${show(member)}`)
    parts.set(member.slice(0, at), member.slice(at + 1))
  }
  const map: JsonObject = {}
  for (const [, fields] of [...byNumber(parts)].sort(([one], [other]) => one - other)) {
    const [key, value] = [fields.get(keyName), fields.get(valueName)]
    // One half of a pair is nothing.
    if (key !== undefined && value !== undefined) setField(map, key, value)
  }
  return map
}

function byNumber(parts: ReadonlyMap<string, string>): Map<number, Map<string, string>> {
  const found = new Map<number, Map<string, string>>()
  for (const [name, value] of parts) {
    const [, number, field] = /^\.member\.(\d+)\.(.*)/.exec(name) ?? []
    if (number === undefined || field === undefined) continue
    const fields = found.get(Number(number)) ?? new Map<string, string>()
    found.set(Number(number), fields.set(field, value))
  }
  return found
}
