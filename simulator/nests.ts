// Composites of simulated worlds: types that are brought about by stacks of their own, and what the far side then has to
// hold. Outside they look like any other simulated type, so they can stand wherever one can.
import { isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import { defineComposite } from '../src/provider/composite.js'
import type { ResourceType } from '../src/provider/contract.js'
import { ResourceGroup } from '../src/provider/groups/resource-group.js'
import type { KeptStack } from '../src/template/definition.js'
import type { Extensions } from '../src/template/extensions.js'
import { CREW } from './signalled.js'

/** A resource as the engine's template language writes it: what both the engine and the oracle read. */
export interface Inner {
  readonly type: string
  readonly properties: JsonObject
  /** The snapshot to which its stack goes back. */
  readonly restore?: KeptStack
  readonly isotherm?: Extensions
  /** What others made, and it only refers to. */
  readonly externalId?: string
}

interface Nest {
  readonly name: string
  readonly inside: (given: JsonObject) => { readonly [name: string]: Inner }
  /** The attributes, as the outputs of the template inside. */
  readonly shown: { readonly [attribute: string]: Json }
}

const outputs = (name: string) => ({
  v: { get_attr: [name, 'v'] },
  z: { get_attr: [name, 'z'] },
  serial: { get_attr: [name, 'serial'] },
})

const NESTS: readonly Nest[] = [
  {
    name: 'Sim::Pair',
    inside: ({ v, r, a, z }) => ({
      one: { type: 'Sim::Plain', properties: said({ v, r, z }) },
      two: { type: 'Sim::Slow', properties: said({ v, a, r: { get_resource: 'one' }, z: { get_attr: ['one', 'z'] } }) },
    }),
    shown: outputs('two'),
  },
  {
    name: 'Sim::Deep',
    inside: ({ v, r, a, z }) => ({
      first: { type: 'Sim::MendedToken', properties: said({ v, z }) },
      pair: { type: 'Sim::Pair', properties: said({ v, r, z, a: { get_attr: ['first', 'serial'] } }) },
      last: {
        type: 'Sim::Token',
        properties: said({ a, v: { get_attr: ['pair', 'v'] }, r: { get_resource: 'first' } }),
      },
    }),
    shown: outputs('last'),
  },
]

function said(properties: { readonly [name: string]: Json | undefined }): JsonObject {
  const given: JsonObject = {}
  for (const [name, value] of Object.entries(properties)) if (value !== undefined && value !== null) given[name] = value
  return given
}

export const nestNames: readonly string[] = NESTS.map(({ name }) => name)

/** A group of so many things; each has its number in `v`. */
export const GROUP = ResourceGroup.name

export const groupOf = (count: number, v: string, more: JsonObject = {}): JsonObject => ({
  count,
  resource_def: { type: 'Sim::Plain', properties: { v: `${v} %index%`, ...more } },
})

export const isComposite = (type: string): boolean => type === GROUP || type === CREW || nestNames.includes(type)

/**
 * What stands inside a composite with these properties; undefined of types that are no composites.
 * @param names of a group whose members have names of their own
 */
export function insideOf(
  type: string,
  given: JsonObject,
  names: readonly string[],
): { readonly [name: string]: Inner } | undefined {
  if (type === GROUP) return membersOf(given)
  if (type === CREW) return Object.fromEntries(names.map((name) => [name, memberOf(given.resource)]))
  return NESTS.find(({ name }) => name === type)?.inside(given)
}

/** The output that an attribute is. */
export function outputOf(type: string, attribute: string, inside: { readonly [name: string]: Inner }): Json {
  if (type === GROUP || type === CREW)
    return attribute === 'refs' ? Object.keys(inside).map((name) => ({ get_resource: name })) : null
  return NESTS.find(({ name }) => name === type)?.shown[attribute] ?? null
}

function memberOf(definition: Json | undefined): Inner {
  const { type, properties } = isJsonObject(definition) ? definition : {}
  return { type: String(type), properties: isJsonObject(properties) ? properties : {} }
}

function membersOf({ count, resource_def: definition }: JsonObject): { readonly [name: string]: Inner } {
  const { type, properties } = isJsonObject(definition) ? definition : {}
  const names = Array.from({ length: Number(count) }, (_, i) => String(i))
  const numbered = (name: string) =>
    Object.fromEntries(
      Object.entries(isJsonObject(properties) ? properties : {}).map(([key, value]) => [
        key,
        typeof value === 'string' ? value.replaceAll('%index%', name) : value,
      ]),
    )
  return Object.fromEntries(names.map((name) => [name, { type: String(type), properties: numbered(name) }]))
}

const any = { type: 'any', onChange: 'update' } as const

/** As an engine holds them. */
export const compositeTypes: readonly ResourceType[] = [
  ResourceGroup,
  ...NESTS.map(({ name, inside, shown }) =>
    defineComposite({
      name,
      properties: { v: any, r: any, a: any, z: any },
      attributes: { v: {}, z: {}, serial: {} },
      compose: (properties) => ({
        template: {
          heat_template_version: '2021-04-16',
          resources: Object.fromEntries(
            Object.entries(inside({ ...properties })).map(([inner, { type, properties }]) => [
              inner,
              { type, properties },
            ]),
          ),
          outputs: Object.fromEntries(Object.entries(shown).map(([attribute, value]) => [attribute, { value }])),
        },
      }),
      attributesOf: (child) => child.outputs,
    }),
  ),
]
