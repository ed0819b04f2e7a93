// Bodies of the library's tree: the options of its methods, each with its JSON Schema. What a schema does not name is refused.
import type { DeclareOptions } from '../../../api/options.js'
import { isJsonObject, type Json, type JsonObject } from '../../../lib/json.js'
import { badRequest } from '../../errors.js'

const TEXT: JsonObject = { type: 'string' }

export const DECLARATION: JsonObject = {
  template: { type: ['string', 'object'], description: 'HOT or CloudFormation, as text or as an object.' },
  templateFile: { ...TEXT, description: 'Its file name, for messages.' },
  parameters: { type: 'object' },
  environment: { type: 'object' },
  files: { type: 'object', additionalProperties: TEXT, description: 'Contents by the name that get_file uses.' },
}

export const OPTION = {
  onFailure: (words: readonly string[]): JsonObject => ({ enum: [...words] }),
  timeoutSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 31_536_000 },
  flag: { type: 'boolean' },
  text: TEXT,
} as const

export const object = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 && { required: [...required] }),
})

export const declaring = (more: JsonObject = {}): JsonObject => object({ ...DECLARATION, ...more }, ['template'])

/** A body with nothing in it is the same as none. */
export const optional = (properties: JsonObject): JsonObject => ({
  ...object(properties),
  type: ['object', 'null'],
})

/** What the schema has let through, to be read field by field. */
export class Body {
  readonly #fields: JsonObject

  constructor(body: Json) {
    if (body !== null && !isJsonObject(body)) throw badRequest('The body must be a JSON object.')
    this.#fields = body ?? {}
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  text(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'string' ? value : undefined
  }

  flag(name: string): boolean | undefined {
    const value = this.#fields[name]
    return typeof value === 'boolean' ? value : undefined
  }

  number(name: string): number | undefined {
    const value = this.#fields[name]
    return typeof value === 'number' ? value : undefined
  }

  map(name: string): JsonObject | undefined {
    const value = this.#fields[name]
    return isJsonObject(value) ? value : undefined
  }

  json(name: string): Json {
    return this.#fields[name] ?? null
  }

  texts(name: string): { readonly [key: string]: string } | undefined {
    const map = this.map(name)
    return (
      map &&
      Object.fromEntries(Object.entries(map).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])))
    )
  }

  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    return words.find((word) => word === this.#fields[name])
  }
}

/** Without the fields that are undefined. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

export function declarationIn(body: Body): Omit<DeclareOptions, 'stack' | 'template'> & {
  readonly template: string | JsonObject
} {
  const template = body.text('template') ?? body.map('template')
  if (template === undefined) throw badRequest('No template specified')
  return { template, ...given({ templateFile: body.text('templateFile') }), ...declaredIn(body) }
}

/** What a declaration says besides the template. */
export const declaredIn = (body: Body) =>
  given({ parameters: body.map('parameters'), environment: body.map('environment'), files: body.texts('files') })
