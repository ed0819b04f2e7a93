// Environment variables as templates give them.
import type { JsonObject } from '../../lib/json.js'

/** JSON Schema of a map of variables. */
export const environmentSchema: JsonObject = { additionalProperties: { type: ['string', 'number', 'boolean'] } }

/** Our own environment, without what only an engine may know. */
export function inherited(): NodeJS.ProcessEnv {
  const { ISOTHERM_DATABASE_URL: _, ...environment } = process.env
  return environment
}

export const textsOf = (variables: JsonObject): { [name: string]: string } =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
