// Which files a template asks for, by get_file or as types, so that whoever holds the text can bring their contents along.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { isTemplateFile, type Place, parseTemplate } from '../../template/index.js'

export interface FileReference {
  /** As the template says it. */
  readonly name: string
  /** Where in the document, for example `resources.home.properties.content.get_file`. */
  readonly path: string
  readonly place?: Place
}

/**
 * Every file that the template names, each once, in the order of the text. Empty when the text cannot be read: the
 * commands say why. A name that is worked out by other functions is not found.
 */
export function filesOf({ text, file }: { readonly text: string; readonly file?: string }): FileReference[] {
  if (!/get_file|\.(yaml|yml|template)\b/.test(text)) return []
  const { document, placeOf } = parseTemplate({ text, ...(file !== undefined && { file }) })
  const found = new Map<string, FileReference>()
  for (const { name, path } of references(document ?? null, [])) {
    const place = placeOf(path)
    if (!found.has(name)) found.set(name, { name, path, ...(place && { place }) })
  }
  return [...found.values()]
}

function* references(value: Json, path: readonly string[]): Iterable<{ name: string; path: string }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* references(item, [...path, String(index)])
  } else if (isJsonObject(value)) {
    const name = fileName(value)
    if (name !== undefined) yield { name, path: [...path, 'get_file'].join('.') }
    else {
      for (const [key, field] of Object.entries(value)) {
        yield* templatesIn(key, field, [...path, key])
        yield* references(field, [...path, key])
      }
    }
  }
}

function fileName(value: JsonObject): string | undefined {
  const [key, ...others] = Object.keys(value)
  const name = key === 'get_file' && others.length === 0 ? value.get_file : undefined
  return typeof name === 'string' ? name : undefined
}

/** Where the name of a template may stand instead of the name of a type. */
const TYPE_KEYS = new Set(['type', 'Type', 'TemplateURL', 'LaunchConfigurationName', 'resources'])

function* templatesIn(key: string, field: Json, path: readonly string[]): Iterable<{ name: string; path: string }> {
  if (!TYPE_KEYS.has(key)) return
  for (const [index, name] of (Array.isArray(field) ? field : [field]).entries()) {
    if (typeof name !== 'string' || !isTemplateFile(name)) continue
    yield { name, path: [...path, ...(Array.isArray(field) ? [String(index)] : [])].join('.') }
  }
}

/** The templates that an environment's registry maps types to. */
export function templatesOfRegistry(registry: Json): string[] {
  if (typeof registry === 'string') return isTemplateFile(registry) ? [registry] : []
  return isJsonObject(registry) ? Object.values(registry).flatMap(templatesOfRegistry) : []
}
