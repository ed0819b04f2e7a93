// The types that a stack knows: those of the engine, and the templates among its files, each with the properties and
// attributes that its text says.

import type { Json } from '../../lib/json.js'
import { typeOfFile } from '../../provider/composite.js'
import type { PropertySchema, ResourceType } from '../../provider/contract.js'
import { TypeRegistry } from '../../provider/registry.js'
import { isTemplateFile, signatureOf } from '../../template/index.js'
import { type Files, parsedFile } from './closure.js'

/** Like the registry it is made from, with the templates among `files`. */
export class StackTypes extends TypeRegistry {
  readonly #types: TypeRegistry
  readonly #files: Files
  readonly #templates = new Map<string, ResourceType | undefined>()

  constructor(types: TypeRegistry, files: Files) {
    super()
    this.#types = types
    this.#files = files
  }

  override get(name: string): ResourceType | undefined {
    if (!isTemplateFile(name)) return this.#types.get(name)
    if (!this.#templates.has(name)) this.#templates.set(name, templateTypeOf(name, this.#files))
    return this.#templates.get(name)
  }

  override names(): string[] {
    return this.#types.names()
  }

  override hint(name: string): string | undefined {
    return this.#types.hint(name)
  }
}

/** The type without its text, when the file is not there any more: what exists of it can still be looked at. */
function templateTypeOf(file: string, files: Files): ResourceType | undefined {
  const text = files[file]
  const general = typeOfFile(file)
  if (text === undefined || !general) return general
  const { parameters, outputs, description } = signatureOf(parsedFile(text, file))
  const properties: { [name: string]: PropertySchema } = {}
  for (const [name, parameter] of parameters) {
    properties[name] = {
      type: 'any',
      onChange: 'update',
      ...(!parameter.hasDefault && { required: true }),
      ...(parameter.hidden && { secret: true }),
      ...(parameter.description !== undefined && { description: parameter.description }),
    }
  }
  return {
    ...general,
    ...(description !== undefined && { description }),
    properties,
    anyProperties: false,
    anyAttributes: false,
    attributes: Object.fromEntries(
      [...outputs].map(([name, told]) => [name, told === undefined ? {} : { description: told }]),
    ),
    validate: (given) =>
      [...parameters].flatMap(([property, parameter]) => {
        const value: Json | undefined = given[property]
        if (value === undefined || value === null) return []
        return parameter.wrongIn(value).map((message) => ({ property, message }))
      }),
  }
}
