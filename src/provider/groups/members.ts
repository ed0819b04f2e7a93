// What all groups share: the template of their members, steps towards it, and what is seen of the members from outside.
import { equalJson, isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Child, Composition, Member } from '../composite.js'
import { ProviderError } from '../error.js'

/** How a group's members are brought to a new definition, or made: so many at once, with a rest in between. */
export interface Rolling {
  readonly batchMax: number
  readonly inServiceMin: number
  readonly pauseSeconds: number
}

export interface Wanted {
  /** In order. */
  readonly names: readonly string[]
  /** The same in the order in which they are changed, where that is another one. */
  readonly inTurn?: readonly string[]
  readonly definitionOf: (name: string) => JsonObject
  readonly members: readonly Member[]
  readonly rolling: Rolling | undefined
  /** Of members that are not there yet. */
  readonly creating: Rolling | undefined
}

/**
 * The next template on the way to the wanted members. Which ones are left to do is told by the members themselves, so that
 * any engine goes on where another one stopped: first those that are missing, then the changed ones; what is no longer
 * wanted goes in the last step.
 */
export function nextStep(wanted: Wanted): Pick<Composition, 'template' | 'againAfterSeconds'> {
  const { names, inTurn = names, members, definitionOf, rolling, creating } = wanted
  const known = new Map(members.map((member) => [member.name, member]))
  // Adopted, and nobody has told what they were: they are what they are to be, which the adoption makes sure of.
  const unsaid = new Set(members.filter(isUnsaid).map(({ name }) => name))
  const missing = names.filter((name) => !known.has(name))
  const changed = inTurn.filter((name) => {
    const member = known.get(name)
    return (
      member && !isUnsaid(member) && !(member.status === 'COMPLETE' && equalJson(member.definition, definitionOf(name)))
    )
  })
  const made = creating ? missing.slice(0, creating.batchMax) : missing
  const updated = rolling && !leftToMake(made, missing) ? changed.slice(0, batchOf(rolling, names.length)) : []
  const touched = new Set([...made, ...unsaid, ...(rolling ? updated : changed)])
  const settledLater = names.length - [...known.keys()].filter((name) => names.includes(name)).length - made.length
  const isLast = settledLater <= 0 && (!rolling || updated.length === changed.length)
  const surplus = [...known.keys()].filter((name) => !names.includes(name) && !unsaid.has(name))
  const resources: JsonObject = {}
  for (const name of isLast ? names : [...names, ...surplus]) {
    const member = known.get(name)
    if (touched.has(name) || (isLast && !member)) resources[name] = definitionOf(name)
    else if (member) resources[name] = isLast ? definitionOf(name) : member.definition
  }
  const pauseSeconds = (leftToMake(made, missing) ? creating : rolling)?.pauseSeconds ?? 0
  return { template: { resources }, ...(!isLast && { againAfterSeconds: pauseSeconds }) }
}

const isUnsaid = ({ definition }: Member) => Object.keys(definition).length === 0

const leftToMake = (made: readonly string[], missing: readonly string[]) => made.length < missing.length

const batchOf = ({ batchMax, inServiceMin }: Rolling, count: number) =>
  Math.max(1, Math.min(batchMax, count - inServiceMin))

/** A policy as update policies write it; absent or empty is none. */
export function rollingOf(policy: Json | undefined): Rolling | undefined {
  if (!isJsonObject(policy)) return undefined
  const number = (key: string, otherwise: number) => {
    const value = Number(policy[key] ?? otherwise)
    if (Number.isFinite(value) && value >= 0) return value
    throw new ProviderError('invalid', `update_policy: ${key} must be a number of at least 0`)
  }
  return {
    batchMax: Math.max(1, number('max_batch_size', 1)),
    inServiceMin: number('min_in_service', 0),
    pauseSeconds: number('pause_time', 0),
  }
}

// ── definitions of members ──────────────────────────────────────────────────────────────────────────────────────────

const FUNCTION =
  /^(get_\w+|str_\w+|list_\w+|map_\w+|repeat|digest|if|yaql|make_url|filter|resource_facade|Ref|Fn::\w+)$/

/** Data that looks like a function would become one in the members' template. */
export function plainData(value: Json, path: string): Json {
  if (Array.isArray(value)) return value.map((item, index) => plainData(item, `${path}.${index}`))
  if (!isJsonObject(value)) return value
  const [key, ...others] = Object.keys(value)
  if (key !== undefined && others.length === 0 && FUNCTION.test(key))
    throw new ProviderError('invalid', `${path}: data that looks like the function ${key} cannot be given to members`)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainData(field, `${path}.${name}`)]))
}

/** Replaces a word in every text of a value; keys stay what they are. */
export function replaceWord(value: Json, word: string, by: string): Json {
  if (typeof value === 'string') return value.replaceAll(word, by)
  if (Array.isArray(value)) return value.map((item) => replaceWord(item, word, by))
  if (!isJsonObject(value)) return value
  const fields = Object.entries(value).map(([key, field]) => [key, replaceWord(field, word, by)])
  return Object.fromEntries(fields)
}

// ── what is seen of them ────────────────────────────────────────────────────────────────────────────────────────────

/** `refs`, `refs_map`, `attributes.<name>` and `<name>`: the attribute of each member. */
export function groupAttributes(members: readonly Member[], asked: readonly string[]): JsonObject {
  const refs = members.map(({ reference }) => reference)
  const map = (given: (member: Member) => Json) =>
    Object.fromEntries(members.map((member) => [member.name, given(member)]))
  const found: JsonObject = { refs, refs_map: map(({ reference }) => reference) }
  const each: JsonObject = {}
  for (const name of asked) {
    const [first = '', second] = name.split('.')
    if (OWN.has(first) && second !== undefined) each[second] = map(({ attributes }) => attributes[second] ?? null)
    else if (!OWN.has(first) && first !== 'resource' && second === undefined)
      found[name] = members.map(({ attributes }) => attributes[name] ?? null)
  }
  if (Object.keys(each).length > 0) found.attributes = each
  return found
}

const OWN = new Set(['refs', 'refs_map', 'attributes', 'outputs'])

/** In the order of their numbers, where names are numbers. */
export const inOrder = (child: Child): readonly Member[] =>
  [...child.members].sort((one, other) => Number(one.name) - Number(other.name))
