// The JSON Schema of the CloudFormation formats: their sections and keys. What functions take is left to the validator.
import type { JsonObject } from '../../lib/json.js'
import { cloudFormationFormats } from '../cloud-formation.js'
import { fields, ref } from './parts.js'

export interface FormatSchema {
  /** The key that says a template is of this format. */
  readonly key: string
  readonly root: JsonObject
}

const any = (keys: readonly string[]): JsonObject => Object.fromEntries(keys.map((key) => [key, {}]))
const mapOf = (schema: JsonObject): JsonObject => ({ type: ['object', 'null'], additionalProperties: schema })

/** A resource is what `#/definitions/Resource` says. */
export function cloudFormationSchemas(): FormatSchema[] {
  return cloudFormationFormats.map(
    ({ key, date, sections, parameterKeys, parameterTypes, resourceKeys, outputKeys }) => {
      const parameter = fields({ ...any(parameterKeys), Type: { enum: [...parameterTypes] } }, ['Type'])
      const resource = { allOf: [fields(any(resourceKeys), ['Type']), ref('Resource')] }
      const root = {
        ...any(sections),
        [key]: { enum: [date] },
        Mappings: mapOf(mapOf({ type: 'object' })),
        Parameters: mapOf(parameter),
        Resources: mapOf(resource),
        Outputs: mapOf(fields(any(outputKeys), ['Value'])),
      }
      return { key, root: fields(root, [key]) }
    },
  )
}
