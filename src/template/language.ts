// What one version of one template format can say: its functions, and what is told of a word that is nearly one of them.
import type { Json } from '../lib/json.js'
import { didYouMean, editDistance } from '../lib/suggest.js'
import type { TemplateFunction } from './function.js'
import {
  AWS_FUNCTIONS,
  type Functions,
  functionNames,
  functionsOf,
  HEAT_FUNCTIONS,
  nearestFunction,
} from './functions/table.js'
import { dateOf, type Version } from './version.js'

/** Why a one-key map is surely a slip and not data. */
export interface Slip {
  readonly message: string
  readonly hint?: string
}

export interface Language {
  /** For messages: `version 2015-04-30 of the language`. */
  readonly name: string
  readonly functions: Functions
  readonly slip: (key: string, argument: Json, inCondition: boolean) => Slip | undefined
}

const LANGUAGES = new Map<Version, Language>()

/** HOT of a version. */
export function languageOf(version: Version): Language {
  const known = LANGUAGES.get(version)
  if (known) return known
  const name = `version ${dateOf(version)} of the language`
  const functions = functionsOf(version)
  const made: Language = { name, functions, slip: (...word) => slipIn(version, functions, ...word) }
  LANGUAGES.set(version, made)
  return made
}

/** The formats of CloudFormation: with conditions (AWS) and without (Heat's own). */
export const AWS_LANGUAGE: Language = foreign('the format AWSTemplateFormatVersion', AWS_FUNCTIONS)
export const HEAT_LANGUAGE: Language = foreign('the format HeatTemplateFormatVersion', HEAT_FUNCTIONS)

// HOT

function slipIn(version: Version, functions: Functions, key: string, argument: Json, inCondition: boolean) {
  const own = cloudFormationHint(key, argument)
  if (own !== undefined) return { message: `${key} is a function of CloudFormation templates`, hint: own }
  const suspect = nearestFunction(key, editDistance)
  if (!suspect?.resembles(argument)) return undefined
  if (suspect.name !== key) return { message: `unknown function ${key}`, hint: `did you mean ${suspect.name}?` }
  if (inCondition) return notInCondition(key, functions)
  return {
    message: `version ${dateOf(version)} of the language has no function ${key}`,
    hint: availability(suspect, version),
  }
}

function notInCondition(key: string, { conditions }: Functions): Slip {
  const hint = `conditions may use ${functionNames(conditions).join(', ')}`
  return { message: `${key} cannot be used in a condition`, hint }
}

function availability(found: TemplateFunction, version: Version): string {
  if (version < found.since) return `it came with version ${dateOf(found.since)}`
  return `it was removed in version ${dateOf(found.until ?? version)}`
}

/** What to use instead of a CloudFormation function, which this version does not have. */
function cloudFormationHint(key: string, argument: Json): string | undefined {
  if (key === 'Ref' && typeof argument === 'string') return 'use get_param or get_resource'
  if (!key.startsWith('Fn::')) return undefined
  const own = EQUIVALENTS.get(key.slice(4))
  return own === undefined ? 'use a function whose name is in small letters, such as get_attr' : `use ${own}`
}

const EQUIVALENTS = new Map([
  ['GetAtt', 'get_attr'],
  ['Join', 'list_join'],
  ['Split', 'str_split'],
  ['Replace', 'str_replace'],
  ['If', 'if'],
  ['Select', 'get_param or get_attr with a path'],
  ['ResourceFacade', 'resource_facade'],
])

// CloudFormation

function foreign(name: string, functions: Functions): Language {
  return { name, functions, slip: (...word) => slipInCloudFormation(name, functions, ...word) }
}

function slipInCloudFormation(
  name: string,
  functions: Functions,
  key: string,
  argument: Json,
  inCondition: boolean,
): Slip | undefined {
  if (inCondition && functions.values.has(key)) return notInCondition(key, functions)
  if (/^fn::/i.test(key)) return slipInFunction(name, functions, key, inCondition)
  const own = HOT_EQUIVALENTS.get(key)
  return own !== undefined && nearestFunction(key, editDistance)?.resembles(argument)
    ? { message: `${key} is a function of HOT templates`, hint: `use ${own}` }
    : undefined
}

function slipInFunction(name: string, functions: Functions, key: string, inCondition: boolean): Slip {
  if (functions.conditions.has(key))
    return { message: `${key} can only be used in a condition`, hint: 'define it in the section Conditions' }
  if (AWS_FUNCTIONS.values.has(key) || AWS_FUNCTIONS.conditions.has(key)) {
    const hint = 'begin the template with AWSTemplateFormatVersion: 2010-09-09'
    return { message: `${name} has no function ${key}`, hint }
  }
  const known = inCondition ? functions.conditions : functions.values
  const hint = AMAZONS.get(key) ?? didYouMean(key, known.keys()) ?? `there are ${functionNames(known).join(', ')}`
  return { message: `unknown function ${key}`, hint }
}

const HOT_EQUIVALENTS = new Map([
  ['get_param', 'Ref'],
  ['get_resource', 'Ref'],
  ['get_attr', 'Fn::GetAtt'],
  ['list_join', 'Fn::Join'],
  ['str_split', 'Fn::Split'],
  ['str_replace', 'Fn::Replace'],
  ['resource_facade', 'Fn::ResourceFacade'],
  ['if', 'Fn::If'],
])

/** What Amazon has and Heat has not. */
const AMAZONS = new Map([['Fn::Sub', 'Heat does not have it: use Fn::Replace, or Fn::Join']])
