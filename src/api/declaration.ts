// What a stack was declared with, given back: its template as a document, its environment and files. Hidden values stay so.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { readTemplate, type TemplateRow } from '../store/templates.js'
import { parseTemplate } from '../template/index.js'
import { getStack, type Seeker, type StackRef } from './find.js'
import { HIDDEN } from './hidden.js'

export interface Declaration {
  /** As the user wrote it: text, or an object. An empty object when there is none. */
  readonly template: string | JsonObject
  readonly environment: JsonObject
  readonly files: { readonly [name: string]: string }
}

/** For whoever changes part of it: nothing is hidden. Throws NotFound. */
export async function declarationOf(seeker: Seeker, ref: StackRef): Promise<Declaration> {
  const row = await templateOf(seeker, ref)
  return { template: documentOf(row), environment: row?.environment ?? {}, files: row?.files ?? {} }
}

/** Throws NotFound. */
export async function templateDocument(seeker: Seeker, ref: StackRef): Promise<Json> {
  const { template } = await declarationOf(seeker, ref)
  return typeof template === 'string' ? (parseTemplate({ text: template }).document ?? {}) : template
}

/** The environment with the values of hidden parameters covered. Throws NotFound. */
export async function visibleEnvironment(seeker: Seeker, ref: StackRef): Promise<JsonObject> {
  const row = await templateOf(seeker, ref)
  if (!row) return {}
  const cover = (section: Json): Json =>
    isJsonObject(section)
      ? Object.fromEntries(
          Object.entries(section).map(([name, value]) => [name, row.parameters[name]?.hidden ? HIDDEN : value]),
        )
      : section
  const sections = Object.entries(row.environment).map(([name, section]) => [
    name,
    COVERED.has(name) ? cover(section) : section,
  ])
  return Object.fromEntries(sections)
}

const COVERED = new Set(['parameters', 'parameter_defaults'])

async function templateOf(seeker: Seeker, ref: StackRef): Promise<TemplateRow | undefined> {
  const stack = await getStack(seeker, ref)
  return readTemplate(seeker.database, stack.id, stack.templateTraversal)
}

function documentOf(row: TemplateRow | undefined): string | JsonObject {
  if (!isJsonObject(row?.document)) return {}
  const { text, object } = row.document
  if (typeof text === 'string') return text
  return isJsonObject(object) ? object : {}
}
