// OS::Heat::Value: gives a value a name inside a template, and optionally a type that it is read as.
import type { Json } from '../../lib/json.js'
import { type CallContext, defineType, type PropertySchemas } from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'

const properties = {
  value: { type: 'any', required: true, onChange: 'update', description: 'What the attribute `value` gives.' },
  type: {
    type: 'string',
    onChange: 'update',
    schema: { enum: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] },
    description: 'What the value is read as, by the rules for parameters. Without it the value stays as it is.',
  },
} as const satisfies PropertySchemas

const YES = new Set(['1', 't', 'true', 'on', 'y', 'yes'])
const NO = new Set(['0', 'f', 'false', 'off', 'n', 'no'])

/** The value read as a parameter of that type, or undefined when it is none. */
function readAsParameter(type: string | undefined, value: Json): Json | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
    case 'number':
      return readNumber(value)
    case 'boolean':
      return readBoolean(value)
    case 'comma_delimited_list':
      return readList(value)
    case 'json':
      return readJson(value)
    default:
      return value
  }
}

function readNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return Number.isFinite(Number(value)) ? Number(value) : undefined
}

function readBoolean(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = String(value).trim().toLowerCase()
  return YES.has(word) ? true : NO.has(word) ? false : undefined
}

function readList(value: Json): Json[] | undefined {
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? item : String(item)))
  if (typeof value !== 'string') return undefined
  return value === '' ? [] : value.split(',').map((item) => item.trim())
}

function readJson(value: Json): Json | undefined {
  if (typeof value === 'object') return value
  if (typeof value !== 'string') return undefined
  try {
    const parsed: Json = JSON.parse(value)
    return typeof parsed === 'object' ? parsed : undefined
  } catch {
    return undefined
  }
}

// The value itself is not shown: it may have come from a secret attribute.
const misfit = (type: string | undefined) => `does not read as ${type}`

function record(call: CallContext, wanted: { readonly value: Json; readonly type?: string }) {
  call.signal.throwIfAborted()
  const value = readAsParameter(wanted.type, wanted.value)
  if (value === undefined) throw new ProviderError('invalid', `properties.value: ${misfit(wanted.type)}`)
  return { attributes: { value } }
}

export const Value = defineType({
  name: 'OS::Heat::Value',
  description: 'Gives a value a name, so that other resources and outputs can refer to it.',
  properties,
  attributes: { value: { type: 'any', description: 'The value, read as `type`.' } },
  recoverBy: 'token',
  create: async (call, wanted) => ({ physicalId: physicalName(call), ...record(call, wanted) }),
  update: async (call, _, wanted) => record(call, wanted),
  find: nothingOutside,
  async delete() {},
  validate({ value, type }) {
    if (value === undefined || value === null || typeof type !== 'string') return []
    return readAsParameter(type, value) === undefined ? [{ property: 'value', message: misfit(type) }] : []
  },
})
