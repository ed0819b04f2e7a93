// Properties from a template's text to a type's functions, and what a change of them asks for.
import { describe, expect, it } from 'vitest'
import { makeCall, quote } from '../template/value.js'
import { defineType, type PropertySchemas } from './contract.js'
import { ProviderError } from './error.js'
import {
  changedProperties,
  checkAttribute,
  checkProperties,
  completeProperties,
  needsReplacement,
} from './properties.js'

const schemas = {
  size: { type: 'integer', required: true, onChange: 'update', schema: { minimum: 1, maximum: 9 } },
  zone: { type: 'string', default: 'north' },
  open: { type: 'boolean', onChange: 'update' },
  owner: { type: 'string', onChange: 'immutable' },
  key: { type: 'string', secret: true, schema: { minLength: 8 } },
  ports: {
    type: 'list',
    schema: {
      items: {
        type: 'object',
        required: ['port'],
        properties: { port: { type: 'integer', minimum: 1 }, protocol: { enum: ['tcp', 'udp'], default: 'tcp' } },
        additionalProperties: false,
      },
    },
  },
} satisfies PropertySchemas

const Thing = defineType({
  name: 'Acme::Thing',
  properties: schemas,
  attributes: { address: {} },
  create: async () => ({ physicalId: '1' }),
  update: async () => ({}),
  delete: async () => {},
  replaces: (before, wanted) => wanted.size < before.size,
  validate: ({ size, zone, key }) =>
    size === 7 && zone === 'north' ? [{ property: 'size', message: `no 7 in ${zone} for ${key}` }] : [],
})

const unknown = makeCall('get_attr', 'other', 'x')
const pathsOf = (properties: Parameters<typeof checkProperties>[1]) =>
  checkProperties(Thing, properties).map((problem) => problem.path)

describe('checking properties at plan time', () => {
  it('reports every problem at once, with hints', () => {
    expect(checkProperties(Thing, { sise: 1, zone: ['a'], open: 'perhaps' })).toEqual([
      { path: 'properties.sise', message: 'Acme::Thing has no such property', hint: 'did you mean size?' },
      { path: 'properties.zone', message: 'must be of kind string, got list' },
      { path: 'properties.open', message: 'must be of kind boolean, got "perhaps"' },
      { path: 'properties.size', message: 'required, but not given' },
    ])
  })

  it('knows the word that was meant', () => {
    expect(checkProperties(Thing, { size: 1, ports: [{ port: 1, protocol: 'tpc' }] })).toEqual([
      { path: 'properties.ports.0.protocol', message: 'must be one of tcp, udp, got "tpc"', hint: 'did you mean tcp?' },
    ])
  })

  it('takes a call for right, whatever the kind', () => {
    expect(pathsOf({ size: unknown, ports: unknown, key: unknown })).toEqual([])
  })

  it('checks around a call inside a list', () => {
    expect(pathsOf({ size: 1, ports: [{ port: unknown }, { port: 0 }, { protocol: unknown, prt: 1 }] })).toEqual([
      'properties.ports.1.port',
      'properties.ports.2',
      'properties.ports.2.prt',
    ])
  })

  it('takes quoted data for data', () => {
    expect(pathsOf({ size: quote({ $: ['get_attr', 'a'] }) })).toEqual(['properties.size'])
  })

  it('counts null as absent', () => {
    expect(pathsOf({ size: null, zone: null })).toEqual(['properties.size'])
  })

  it("asks the type's own rules with defaults, and with undefined for what is not known", () => {
    expect(pathsOf({ size: 7 })).toEqual(['properties.size'])
    expect(pathsOf({ size: 7, zone: unknown })).toEqual([])
  })

  it('shows the value of a secret property in no message', () => {
    const problems = [
      ...checkProperties(Thing, { size: 1, key: 'hush' }),
      ...checkProperties(Thing, { size: 1, key: ['hush'] }),
      ...checkProperties(Thing, { size: 7, key: 'hush-hush' }),
    ]
    expect(problems).toHaveLength(3)
    expect(JSON.stringify(problems)).not.toContain('hush')
  })
})

describe('completing properties at run time', () => {
  it('reads leniently, fills in defaults and leaves null out', () => {
    const ports = [
      { port: '80', protocol: null },
      { port: 53, protocol: 'udp' },
    ]
    expect(completeProperties(Thing, { size: '5', open: 'True', owner: 7, key: null, ports })).toEqual({
      size: 5,
      zone: 'north',
      open: true,
      owner: '7',
      ports: [
        { port: 80, protocol: 'tcp' },
        { port: 53, protocol: 'udp' },
      ],
    })
  })

  it('takes what looks like a call for data', () => {
    const Loose = defineType({
      name: 'Acme::Loose',
      properties: { any: { type: 'any' } },
      create: async () => ({ physicalId: '1' }),
      delete: async () => {},
    })
    expect(completeProperties(Loose, { any: { $: ['get_attr', 'a'] } })).toEqual({ any: { $: ['get_attr', 'a'] } })
  })

  it('throws an error of class invalid that names every problem', () => {
    const complete = () => completeProperties(Thing, { size: 12, zome: 'x' })
    expect(complete).toThrow(ProviderError)
    expect(complete).toThrow(/properties\.size: must be <= 9, got 12; .*|properties\.zome/)
    expect(complete).toThrow('did you mean zone?')
  })
})

describe('what a change asks for', () => {
  it('follows onChange, replace being the default', () => {
    expect(changedProperties(Thing, { size: 1, zone: 'a' }, { size: 2, zone: 'b', owner: 'me' })).toEqual([
      { name: 'size', onChange: 'update' },
      { name: 'zone', onChange: 'replace' },
      { name: 'owner', onChange: 'immutable' },
    ])
  })

  it('counts an absent property as its default', () => {
    expect(changedProperties(Thing, { size: 1 }, { size: 1, zone: 'north' })).toEqual([])
  })

  it('lets the type ask for a replacement of what could be updated', () => {
    expect(needsReplacement(Thing, { size: 1 }, { size: 2 })).toBe(false)
    expect(needsReplacement(Thing, { size: 2 }, { size: 1 })).toBe(true)
    expect(needsReplacement(Thing, { size: 1, zone: 'a' }, { size: 2 })).toBe(true)
  })
})

it('an unknown attribute gets a hint, and show belongs to every type', () => {
  expect(checkAttribute(Thing, 'adress')).toEqual({
    message: 'Acme::Thing has no attribute adress',
    hint: 'did you mean address?',
  })
  expect(checkAttribute(Thing, 'show')).toBeUndefined()
  expect(checkAttribute(Thing, 'address')).toBeUndefined()
})
