// Environment variables as templates give them.
import type { JsonObject } from '../../lib/json.js'

/** JSON Schema of a map of variables. */
export const environmentSchema: JsonObject = { additionalProperties: { type: ['string', 'number', 'boolean'] } }

export const textsOf = (variables: JsonObject): { [name: string]: string } =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
