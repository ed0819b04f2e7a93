// The body of a create, an update or a preview, as the library is asked.

import type { Declaration } from '../../api/declaration.js'
import { readEnvironments } from '../../engine/declare/environment.js'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Caller } from '../caller.js'
import { badRequest } from '../errors.js'

const TEXT_MAP: JsonObject = { type: 'object', additionalProperties: { type: 'string' } }

/** What a declaration may consist of. Values that a schema cannot judge well are judged where they are read. */
export const DECLARATION: JsonObject = {
  template: { type: ['object', 'string', 'null'], description: 'HOT or CloudFormation, as text or as an object.' },
  template_url: {
    type: ['string', 'null'],
    description: 'Where the template is fetched from, when there is no template.',
  },
  environment: { type: ['object', 'string', 'null'], description: 'An environment, as text or as an object.' },
  environment_files: {
    type: ['array', 'null'],
    items: { type: 'string' },
    description: 'Names of environments among the files, merged in this order.',
  },
  files: { ...TEXT_MAP, type: ['object', 'null'], description: 'Contents by the name that get_file uses.' },
  files_container: { type: ['string', 'null'] },
  parameters: { type: ['object', 'null'], description: 'Values of parameters by name.' },
}

export const OPTIONS: JsonObject = {
  timeout_mins: { type: ['integer', 'string', 'null'], description: 'Minutes until the action fails.' },
  disable_rollback: { type: ['boolean', 'string', 'null'] },
  tags: { type: ['string', 'array', 'null'], items: { type: 'string' }, description: 'Up to 80 characters each.' },
}

export interface Wanted {
  readonly template: string | JsonObject
  readonly environment: JsonObject
  readonly files: { readonly [name: string]: string }
}

/** Fetches what a body names by its address. */
export type Fetch = (url: string, caller: Caller) => Promise<string>

export const bodyOf = (body: Json): JsonObject => {
  if (!isJsonObject(body)) throw badRequest('The body must be a JSON object.')
  return body
}

/**
 * @param base what a stack was declared with so far: what the body does not say stays as it is (PATCH)
 */
export async function wantedFrom(
  body: JsonObject,
  fetch: (url: string) => Promise<string>,
  base?: Declaration,
): Promise<Wanted> {
  if (body.files_container) throw badRequest('files_container needs an object store, and this server has none.')
  const files = { ...base?.files, ...filesOf(body) }
  const template = (await templateOf(body, fetch)) ?? base?.template
  if (template === undefined) throw badRequest('No template specified')
  const given = environmentOf(body, files, template)
  const environment = base ? merged(base.environment, given, clearedOf(body)) : given
  return { template, files, environment: withParameters(environment, body.parameters ?? null) }
}

function filesOf({ files }: JsonObject): { [name: string]: string } {
  const found: { [name: string]: string } = {}
  for (const [name, text] of Object.entries(files ?? {})) if (typeof text === 'string') found[name] = text
  return found
}

async function templateOf(
  body: JsonObject,
  fetch: (url: string) => Promise<string>,
): Promise<string | JsonObject | undefined> {
  const { template, template_url: url } = body
  if (typeof template === 'string') return template
  if (isJsonObject(template)) return template
  return typeof url === 'string' ? fetch(url) : undefined
}

/** Where environments are given as files, the merged one that some clients send along is the same once more. */
function environmentOf(body: JsonObject, files: { readonly [name: string]: string }, template: string | JsonObject) {
  const names = Array.isArray(body.environment_files) ? body.environment_files.map(String) : []
  const text = typeof template === 'string' ? template : JSON.stringify(template)
  const sources = names.map((name) => {
    const found = Object.hasOwn(files, name) ? files[name] : undefined
    if (found === undefined) throw badRequest(`The environment ${name} is not among the files.`)
    return { text: found, file: name }
  })
  if (names.length > 0) return readEnvironments(sources, { text })
  const { environment } = body
  if (typeof environment === 'string') return environment.trim() === '' ? {} : readEnvironments([{ text: environment }])
  return isJsonObject(environment) ? environment : {}
}

function clearedOf(body: JsonObject): readonly string[] {
  const names = body.clear_parameters
  return Array.isArray(names) ? names.map(String) : []
}

function merged(before: JsonObject, given: JsonObject, cleared: readonly string[]): JsonObject {
  const sections = { ...before, ...given }
  for (const name of Object.keys(given)) sections[name] = mergedValue(before[name] ?? null, given[name] ?? null)
  const { parameters } = sections
  if (!isJsonObject(parameters)) return sections
  return {
    ...sections,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => !cleared.includes(name))),
  }
}

function mergedValue(before: Json, given: Json): Json {
  return isJsonObject(before) && isJsonObject(given) ? { ...before, ...given } : given
}

/** What a client gives as parameters outranks its environments, and is kept with them so that a later update has it. */
function withParameters(environment: JsonObject, parameters: Json): JsonObject {
  if (!isJsonObject(parameters) || Object.keys(parameters).length === 0) return environment
  const known = environment.parameters
  return { ...environment, parameters: { ...(isJsonObject(known) ? known : {}), ...parameters } }
}

export function tagsOf({ tags }: JsonObject): string[] | undefined {
  if (tags === undefined || tags === null) return undefined
  const words = typeof tags === 'string' ? tags.split(',') : Array.isArray(tags) ? tags.map(String) : []
  const clean = words.map((word) => word.trim()).filter((word) => word !== '')
  for (const tag of clean) {
    if (tag.length > 80) throw badRequest(`Invalid tag, "${tag.slice(0, 80)}…" is longer than 80 characters`)
    if (tag.includes(',')) throw badRequest(`Invalid tag, "${tag}" contains a comma`)
  }
  return clean
}

export function minutesOf({ timeout_mins: minutes }: JsonObject): number | undefined {
  if (minutes === undefined || minutes === null || minutes === '') return undefined
  const number = Number(minutes)
  if (!Number.isInteger(number) || number < 0 || number > MINUTES_MAX) {
    throw badRequest(
      `Only a whole number from 0 to ${MINUTES_MAX} is allowed for timeout_mins, got ${JSON.stringify(minutes)}`,
    )
  }
  return number === 0 ? undefined : number
}

const MINUTES_MAX = 525_600

export function flagOf(name: string, value: Json | undefined): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^true$/i.test(value)) return true
  if (typeof value === 'string' && /^false$/i.test(value)) return false
  throw badRequest(`Unrecognized value ${JSON.stringify(value)} for "${name}", acceptable values are: true, false`)
}
