// Templates of simulated worlds: small graphs of simulated types, made by chance or written out by a scenario.
import { hashOf, isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import { Declaration } from '../src/store/declaration.js'
import type { StoredDefinition } from '../src/store/templates.js'
import { hashDefinition, type KeptStack } from '../src/template/definition.js'
import type { Extensions } from '../src/template/extensions.js'
import { referencesOf } from '../src/template/references.js'
import { makeCall } from '../src/template/value.js'
import type { Chance } from './chance.js'
import { variedExtra } from './extras.js'
import { GROUP, groupOf, isComposite, nestNames } from './nests.js'
import { typeNames } from './types.js'

export interface Wanted {
  readonly type: string
  readonly properties: JsonObject
  readonly after?: readonly string[]
  readonly retain?: boolean
  /** It is kept in a snapshot before it is deleted. */
  readonly keep?: boolean
  readonly isotherm?: Extensions
  /** Of a composite that has gone back to a snapshot of its stack. */
  readonly restore?: KeptStack
  /** What others made, and it only refers to. */
  readonly externalId?: string
}

export type SimTemplate = { readonly [name: string]: Wanted }

export const idOf = (name: string): Json => makeCall('get_resource', name)
export const attributeOf = (name: string, attribute: string): Json => makeCall('get_attr', name, attribute)

export const requiresOf = ({ properties, after = [] }: Wanted): string[] =>
  [...new Set([...referencesOf(properties).map(({ resource }) => resource), ...after])].sort()

function definitionOf(name: string, wanted: Wanted): StoredDefinition {
  const { type, properties, keep = false, isotherm, restore, externalId } = wanted
  const requires = requiresOf(wanted)
  const body = {
    type,
    properties,
    deletionPolicy: isStaying(wanted) ? ('Retain' as const) : keep ? ('Snapshot' as const) : ('Delete' as const),
    metadata: {},
    ...(isotherm && Object.keys(isotherm).length > 0 && { isotherm }),
    ...(externalId !== undefined && { externalId }),
    // It uses no files, and shows all its attributes.
    ...(isComposite(type) && { nested: { hash: hashOf('nothing'), asked: [], ...(restore && { restore }) } }),
  }
  return { name, requires, body, hash: hashDefinition({ ...body, requires }) }
}

export const definitionsOf = (template: SimTemplate): Map<string, StoredDefinition> =>
  new Map(Object.entries(template).map(([name, wanted]) => [name, definitionOf(name, wanted)]))

export const declarationOf = (template: SimTemplate): Declaration => Declaration.of(definitionsOf(template).values())

/** Whether the thing stays in the world when it goes: what is only referred to always does. */
export const isStaying = ({ retain = false, externalId }: Wanted): boolean => retain || externalId !== undefined

const NAMES = [...'ABCDEFGH']

export interface Taste {
  /** Some properties can never be brought about. */
  readonly poison: boolean
  /** Which type a name usually has, so that most changes are not changes of type. */
  readonly offset: number
  /** Some resources are nested stacks and groups. */
  readonly nests?: boolean
  /** Some things are protected, kept before they go, retained, or called otherwise than before. */
  readonly policies?: boolean
  /** Some say how often they are tried, and how long a call may take; trees of nested stacks have limits. */
  readonly limits?: boolean
  /** Draws what only some worlds have. */
  readonly extras?: Chance
}

/** An earlier template again, perhaps with one change, or a new one. */
export function randomTemplate(chance: Chance, history: readonly SimTemplate[], taste: Taste): SimTemplate {
  if (history.length > 0 && chance.happens(0.45)) return varied(chance, chance.pick(history), taste)
  const order = shuffled(
    chance,
    NAMES.filter(() => chance.happens(0.6)),
  )
  const template: { [name: string]: Wanted } = {}
  order.forEach((name, i) => {
    template[name] = randomWanted(chance, { name, earlier: order.slice(0, i) }, taste)
  })
  return template
}

/** What a patch would say: all that is put, and what goes. */
export function differenceOf(earlier: SimTemplate, later: SimTemplate): { put: SimTemplate; removed: string[] } {
  const same = (name: string) => JSON.stringify(earlier[name]) === JSON.stringify(later[name])
  return {
    put: Object.fromEntries(Object.entries(later).filter(([name]) => !same(name))),
    removed: Object.keys(earlier).filter((name) => !(name in later)),
  }
}

function varied(chance: Chance, earlier: SimTemplate, taste: Taste): SimTemplate {
  const names = Object.keys(earlier)
  if (names.length === 0 || chance.happens(0.2)) return earlier
  const name = chance.pick(names)
  const wanted = earlier[name]
  if (!wanted) return earlier
  const other = taste.extras && variedExtra(wanted, taste.extras)
  if (other) return { ...earlier, [name]: other }
  if (taste.policies && chance.happens(0.4)) {
    const free = NAMES.filter((one) => !(one in earlier))
    if (free.length > 0 && chance.happens(0.5)) return movedTo(earlier, name, chance.pick(free))
    return { ...earlier, [name]: { ...wanted, ...randomPolicies(chance, wanted) } }
  }
  if (wanted.type === GROUP)
    return { ...earlier, [name]: { ...wanted, properties: groupOf(chance.int(4), `v${chance.int(2)}`) } }
  const key = chance.happens(0.3) ? 'z' : 'v'
  return { ...earlier, [name]: { ...wanted, properties: { ...wanted.properties, [key]: `${key}${chance.int(3)}` } } }
}

function randomWanted(
  chance: Chance,
  { name, earlier }: { name: string; earlier: readonly string[] },
  taste: Taste,
): Wanted {
  const properties: JsonObject = { v: taste.poison && chance.happens(0.06) ? 'poison' : `v${chance.int(2)}` }
  const has = earlier.length > 0
  if (has && chance.happens(0.6)) properties.r = idOf(chance.pick(earlier))
  if (has && chance.happens(0.4)) properties.a = attributeOf(chance.pick(earlier), chance.pick(['v', 'z', 'serial']))
  if (chance.happens(0.35)) properties.z = randomZ(chance, earlier)
  if (taste.nests && chance.happens(0.25)) return randomNest(chance, properties, earlier)
  const after = has && chance.happens(0.15) ? [chance.pick(earlier)] : []
  const usual = typeNames[(name.charCodeAt(0) + taste.offset) % typeNames.length]
  const type = usual && chance.happens(0.85) ? usual : chance.pick(typeNames)
  const deletedFirst = (name.charCodeAt(0) + taste.offset) % DELETED_FIRST === 0
  const isotherm: Extensions = {
    ...(deletedFirst && { replacement: 'delete_first' }),
    ...(taste.limits && chance.happens(0.3) && { attemptsMax: 1 + chance.int(5) }),
    ...(taste.limits && chance.happens(0.3) && { timeoutSeconds: chance.pick([30, 45]) }),
  }
  const wanted = { type, properties, after, ...(Object.keys(isotherm).length > 0 && { isotherm }) }
  if (taste.policies && chance.happens(0.25)) return { ...wanted, ...randomPolicies(chance, wanted) }
  return chance.happens(0.05) ? { ...wanted, retain: true } : wanted
}

/** One name in so many is deleted before it is replaced. */
const DELETED_FIRST = 6

function randomPolicies(chance: Chance, { type, isotherm: { protect: _, ...others } = {} }: Wanted): Partial<Wanted> {
  const policy = chance.pick(['none', 'protect', 'keep', 'retain'] as const)
  const isotherm = { ...others, ...(policy === 'protect' && { protect: true as const }) }
  // Whether all that is in a nested stack can be kept is not for this policy alone to say.
  return { keep: policy === 'keep' && typeNames.includes(type), retain: policy === 'retain', isotherm }
}

/** The same under another name, for whoever refers to it as well. */
function movedTo(template: SimTemplate, from: string, to: string): SimTemplate {
  const nameOf = (name: string) => (name === from ? to : name)
  return Object.fromEntries(
    Object.entries(template).map(([name, { properties, after, isotherm, ...wanted }]) => [
      nameOf(name),
      {
        ...wanted,
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key, renamed(value, from, to)]),
        ),
        ...(after && { after: after.map(nameOf) }),
        isotherm: name === from ? { ...withoutAdoption(isotherm), movedFrom: from } : (isotherm ?? {}),
      },
    ]),
  )
}

/** It has its thing already, under whatever name. */
function withoutAdoption({ adopt: _, ...isotherm }: Extensions = {}): Extensions {
  return isotherm
}

function renamed(value: Json, from: string, to: string): Json {
  if (Array.isArray(value)) return value.map((item) => renamed(item, from, to))
  if (!isJsonObject(value)) return value
  if (Array.isArray(value.$) && value.$[1] === from) return { $: [value.$[0] ?? null, to, ...value.$.slice(2)] }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, renamed(field, from, to)]))
}

/** Without what keeps a command from being carried out, or a thing from being brought about. */
export function unhindered(template: SimTemplate): SimTemplate {
  return Object.fromEntries(
    Object.entries(template).map(([name, { isotherm, ...wanted }]) => {
      const v = wanted.properties.v === 'poison' ? { v: 'v0' } : {}
      const { protect: _, attemptsMax: _attempts, timeoutSeconds: _timeout, ...others } = isotherm ?? {}
      return [name, { ...wanted, isotherm: others, properties: { ...wanted.properties, ...v } }]
    }),
  )
}

function randomNest(chance: Chance, properties: JsonObject, earlier: readonly string[]): Wanted {
  if (chance.happens(0.6)) return { type: chance.pick(nestNames), properties }
  const more = properties.r === undefined ? {} : { r: properties.r }
  const after = earlier.length > 0 && chance.happens(0.3) ? [chance.pick(earlier)] : []
  return { type: GROUP, properties: groupOf(chance.int(4), `v${chance.int(2)}`, more), after }
}

function randomZ(chance: Chance, earlier: readonly string[]): Json {
  if (earlier.length === 0 || chance.happens(0.4)) return `z${chance.int(2)}`
  return chance.happens(0.5) ? attributeOf(chance.pick(earlier), 'v') : idOf(chance.pick(earlier))
}

function shuffled<T>(chance: Chance, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: chance.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

/** One line that a person can read: `A{v:v1} B{r:A} …`. */
export function describe(template: SimTemplate): string {
  const names = Object.keys(template)
  if (names.length === 0) return 'nothing'
  return names.map((name) => `${name}${describeWanted(template[name])}`).join(' ')
}

function describeWanted(wanted: Wanted | undefined): string {
  if (!wanted) return ''
  const parts = Object.entries(wanted.properties).map(([key, value]) => `${key}:${describeValue(value)}`)
  if (wanted.after?.length) parts.push(`after ${wanted.after.join(' ')}`)
  if (wanted.retain) parts.push('retain')
  if (wanted.keep) parts.push('keep')
  if (wanted.restore) parts.push('restored')
  if (wanted.isotherm?.replacement) parts.push('deleted first')
  if (wanted.isotherm?.protect) parts.push('protected')
  if (wanted.isotherm?.attemptsMax) parts.push(`${wanted.isotherm.attemptsMax} attempts`)
  if (wanted.isotherm?.timeoutSeconds) parts.push(`${wanted.isotherm.timeoutSeconds} s`)
  if (wanted.isotherm?.adopt) parts.push(`adopts ${wanted.isotherm.adopt}`)
  if (wanted.isotherm?.ignoreChanges) parts.push(`leaves ${wanted.isotherm.ignoreChanges.join()} to others`)
  if (wanted.externalId) parts.push(`refers to ${wanted.externalId}`)
  if (wanted.isotherm?.movedFrom) parts.push(`was ${wanted.isotherm.movedFrom}`)
  return `{${wanted.type.replace('Sim::', '')} ${parts.join(', ')}}`
}

function describeValue(value: Json): string {
  const call = isJsonObject(value) && Array.isArray(value.$) ? value.$ : undefined
  if (!call) return String(value)
  const [, name, attribute] = call
  return attribute === undefined ? `id of ${String(name)}` : `${String(name)}.${String(attribute)}`
}
