// What the library is asked with, as JSON.
import type { ResourceView } from '../api/views.js'
import type { DepthOptions } from '../api/within.js'
import type { DeclareOptions, TemplateInput } from '../engine/declare/options.js'
import type { Json, JsonObject } from '../lib/json.js'

/** Options without those that are undefined. They are made of JSON already, or of objects that know how to become it. */
export function bodyOf(options: object): JsonObject {
  const body: JsonObject = JSON.parse(JSON.stringify(options))
  return body
}

/** With whatever else it holds: the server knows what it cannot do. */
export async function declarationBody(declared: Omit<DeclareOptions, 'stack'>): Promise<JsonObject> {
  return bodyOf({ ...declared, template: await templateOf(declared.template) })
}

/** Of the options of `up`, those that tell what is declared: with the same ones somebody may ask what would happen. */
export function declaredIn(options: Omit<DeclareOptions, 'stack'>): Omit<DeclareOptions, 'stack'> {
  const { template, templateFile, parameters, environment, files } = options
  const texts = { ...(templateFile !== undefined && { templateFile }), ...(files && { files }) }
  return { template, ...texts, ...(parameters && { parameters }), ...(environment && { environment }) }
}

/** A stream of definitions is gathered: a request has one body. */
async function templateOf(template: TemplateInput): Promise<string | object> {
  if (typeof template === 'string' || !isStream(template)) return template
  const resources: { [name: string]: Json } = {}
  for await (const [name, definition] of template.resources) resources[name] = bodyOf(definition)
  return { ...template, resources }
}

function isStream(
  template: Exclude<TemplateInput, string>,
): template is { readonly resources: AsyncIterable<readonly [string, object]> } {
  const { resources } = template
  return typeof resources === 'object' && resources !== null && Symbol.asyncIterator in resources
}

/** As a query; deeper than this no stacks are nested. */
export const depthIn = ({ nestedDepth }: DepthOptions): { readonly nestedDepth?: number } =>
  nestedDepth === undefined || nestedDepth <= 0 ? {} : { nestedDepth: Math.min(nestedDepth, 1_000) }

/** A page has so many names, each with all of its versions. */
export const namesIn = (page: readonly ResourceView[]): number =>
  new Set(page.map(({ name, within }) => `${within?.stackId ?? ''} ${name}`)).size
