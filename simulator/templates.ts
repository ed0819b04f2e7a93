// Templates of simulated worlds: small graphs of simulated types, made by chance or written out by a scenario.
import { hashOf, isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import { Declaration } from '../src/store/declaration.js'
import type { StoredDefinition } from '../src/store/templates.js'
import { hashDefinition } from '../src/template/definition.js'
import type { Extensions } from '../src/template/extensions.js'
import { referencesOf } from '../src/template/references.js'
import { makeCall } from '../src/template/value.js'
import type { Chance } from './chance.js'
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
}

export type SimTemplate = { readonly [name: string]: Wanted }

export const idOf = (name: string): Json => makeCall('get_resource', name)
export const attributeOf = (name: string, attribute: string): Json => makeCall('get_attr', name, attribute)

export const requiresOf = ({ properties, after = [] }: Wanted): string[] =>
  [...new Set([...referencesOf(properties).map(({ resource }) => resource), ...after])].sort()

function definitionOf(name: string, wanted: Wanted): StoredDefinition {
  const { type, properties, retain = false, keep = false, isotherm } = wanted
  const requires = requiresOf(wanted)
  const body = {
    type,
    properties,
    deletionPolicy: retain ? ('Retain' as const) : keep ? ('Snapshot' as const) : ('Delete' as const),
    metadata: {},
    ...(isotherm && { isotherm }),
    // It uses no files, and shows all its attributes.
    ...(isComposite(type) && { nested: { hash: hashOf('nothing'), asked: [] } }),
  }
  return { name, requires, body, hash: hashDefinition({ ...body, requires }) }
}

export const declarationOf = (template: SimTemplate): Declaration =>
  Declaration.of(Object.entries(template).map(([name, wanted]) => definitionOf(name, wanted)))

const NAMES = [...'ABCDEFGH']

export interface Taste {
  /** Some properties can never be brought about. */
  readonly poison: boolean
  /** Which type a name usually has, so that most changes are not changes of type. */
  readonly offset: number
  /** Some resources are nested stacks and groups. */
  readonly nests?: boolean
}

/** An earlier template again, perhaps with one change, or a new one. */
export function randomTemplate(chance: Chance, history: readonly SimTemplate[], taste: Taste): SimTemplate {
  if (history.length > 0 && chance.happens(0.45)) return varied(chance, chance.pick(history))
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

function varied(chance: Chance, earlier: SimTemplate): SimTemplate {
  const names = Object.keys(earlier)
  if (names.length === 0 || chance.happens(0.2)) return earlier
  const name = chance.pick(names)
  const wanted = earlier[name]
  if (!wanted) return earlier
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
  // What it carries over may be a nested stack, which then becomes a stack of its own, for whose end nobody here would ask.
  if (!taste.nests && chance.happens(0.05)) return { type, properties, after, retain: true }
  const deletedFirst = (name.charCodeAt(0) + taste.offset) % DELETED_FIRST === 0
  return { type, properties, after, ...(deletedFirst && { isotherm: { replacement: 'delete_first' as const } }) }
}

/** One name in so many is deleted before it is replaced. */
const DELETED_FIRST = 6

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
  if (wanted.isotherm?.replacement) parts.push('deleted first')
  return `{${wanted.type.replace('Sim::', '')} ${parts.join(', ')}}`
}

function describeValue(value: Json): string {
  const call = isJsonObject(value) && Array.isArray(value.$) ? value.$ : undefined
  if (!call) return String(value)
  const [, name, attribute] = call
  return attribute === undefined ? `id of ${String(name)}` : `${String(name)}.${String(attribute)}`
}
