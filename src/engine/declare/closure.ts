// Files that come with a template. Names in a template are relative to it; so a nested stack gets its files under the names
// that its own template uses, and no more of them than it can reach.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { matchesPattern } from '../../template/file-pattern.js'
import { isTemplateFile, type Parsed, parseTemplate } from '../../template/index.js'
import { setField } from '../../template/value.js'

export type Files = { readonly [name: string]: string }

const isAbsolute = (name: string) => name.startsWith('/') || /^[a-z][a-z0-9+.-]*:\/\//i.test(name)

const directoryOf = (file: string | undefined): string => {
  const directory = file === undefined ? '.' : posix.dirname(file)
  return directory === '.' ? '' : directory
}

/** The name under which `files` has what a text in the directory `here` calls `name`. */
export function findFile(files: Files, name: string, here = ''): string | undefined {
  const joined = isAbsolute(name) ? name : posix.normalize(posix.join(here, name))
  return [joined, name].find((candidate) => Object.hasOwn(files, candidate))
}

/** A name of the stack's files as a template in `directory` calls it. */
const seenFrom = (directory: string, name: string): string =>
  isAbsolute(name) ? name : posix.relative(directory, name) || name

/**
 * The files that the template from `file` can reach, under the names it knows them by: those it names itself, those that
 * `besides` names as seen from the stack, and those that templates among all of them name.
 */
export function filesReachedBy(
  document: Json,
  files: Files,
  file: string | undefined,
  besides: Json = null,
): { [name: string]: string } {
  if (Object.keys(files).length === 0) return {}
  const reach = new Reach(files, directoryOf(file))
  reach.collect(document, directoryOf(file), true)
  reach.collect(besides, '', false)
  return reach.found
}

class Reach {
  readonly found: { [name: string]: string } = {}
  readonly #seen = new Set<string>()

  constructor(
    readonly files: Files,
    readonly directory: string,
  ) {}

  /** @param own the value stands in the template itself: its names are kept as they are written. */
  collect(value: Json, here: string, own: boolean): void {
    if (typeof value === 'string') this.#collectNamed(value, here, own)
    else if (Array.isArray(value)) for (const item of value) this.collect(item, here, own)
    else if (isJsonObject(value)) for (const field of Object.values(value)) this.collect(field, here, own)
  }

  #collectNamed(name: string, here: string, own: boolean): void {
    const key = keyIn(this.files, name, here)
    if (key === undefined) return
    if (own) this.found[name] = this.files[key] ?? ''
    this.#reach(key)
  }

  #reach(key: string): void {
    this.found[seenFrom(this.directory, key)] = this.files[key] ?? ''
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    if (isTemplateFile(key)) for (const one of namedIn(this.files, key)) this.#reach(one)
  }
}

function keyIn(files: Files, name: string, here: string): string | undefined {
  if (name === '' || name.length > NAME_LENGTH_MAX) return undefined
  return findFile(files, name, here)
}

/** Whatever a template among the files names of them. A group of a thousand members asks this a thousand times. */
function namedIn(files: Files, file: string): readonly string[] {
  const known = named.get(files) ?? new Map<string, readonly string[]>()
  named.set(files, known)
  const found = known.get(file) ?? [...keysIn(files, parsedFile(files[file] ?? '', file).document ?? null, file)]
  known.set(file, found)
  return found
}

const named = new WeakMap<Files, Map<string, readonly string[]>>()

function* keysIn(files: Files, value: Json, file: string): Iterable<string> {
  if (typeof value === 'string') {
    const key = keyIn(files, value, directoryOf(file))
    if (key !== undefined) yield key
  } else if (Array.isArray(value)) for (const item of value) yield* keysIn(files, item, file)
  else if (isJsonObject(value)) for (const field of Object.values(value)) yield* keysIn(files, field, file)
}

const NAME_LENGTH_MAX = 1_000

// The environment

/** What of an environment a nested stack gets: no parameters, and of what is said for single resources its own part. */
export function environmentWithin(environment: JsonObject, resource: string, file: string | undefined): JsonObject {
  const { parameter_defaults: defaults, resource_registry: registry } = environment
  const within: JsonObject = {}
  if (isJsonObject(defaults) && Object.keys(defaults).length > 0) within.parameter_defaults = defaults
  if (!isJsonObject(registry)) return within
  const { resources, ...mappings } = registry
  const own = ownPart(isJsonObject(resources) ? resources : {}, resource)
  const directory = directoryOf(file)
  const kept = rebased({ ...mappings, ...(Object.keys(own).length > 0 && { resources: own }) }, directory)
  if (isJsonObject(kept) && Object.keys(kept).length > 0) within.resource_registry = kept
  return within
}

function ownPart(resources: JsonObject, resource: string): JsonObject {
  const own: JsonObject = {}
  const fitting = Object.keys(resources).filter((pattern) => pattern !== resource && matchesPattern(pattern, resource))
  // What is said for the name itself outranks what its patterns say, wherever it stands.
  for (const pattern of [...fitting, resource]) {
    const entry = Object.hasOwn(resources, pattern) ? (resources[pattern] ?? null) : null
    for (const [name, value] of Object.entries(isJsonObject(entry) ? entry : {})) {
      if (isJsonObject(value) && Object.keys(value).length > 0) setField(own, name, value)
    }
  }
  return own
}

function rebased(value: Json, directory: string): Json {
  if (typeof value === 'string') return isTemplateFile(value) ? seenFrom(directory, value) : value
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, rebased(field, directory)]))
}

// Parsing, remembered: the same files are read for each of many nested stacks

const parsedFiles = new Map<string, Parsed>()
const KEPT_MAX = 200

export function parsedFile(text: string, file: string | undefined): Parsed {
  const key = `${file}\0${createHash('sha1').update(text).digest('base64')}`
  const known = parsedFiles.get(key)
  if (known) return known
  const [oldest] = parsedFiles.keys()
  if (parsedFiles.size >= KEPT_MAX && oldest !== undefined) parsedFiles.delete(oldest)
  const parsed = parseTemplate({ text, ...(file !== undefined && { file }) })
  parsedFiles.set(key, parsed)
  return parsed
}
