// A template judged without touching any stack: every problem in it, as values.

import { type Declared, declare } from '../engine/declare/declare.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Pseudo } from '../template/resolve.js'
import type { ValidateOptions } from './options.js'

/** Errors, or else warnings: where there is an error the template is mended first. Empty when all is well. */
export async function validate(
  options: ValidateOptions,
  types: TypeRegistry,
  pseudo: Pseudo,
): Promise<readonly Problem[]> {
  const { allowUnknownTypes = false, ...declared } = options
  const known = allowUnknownTypes ? types.withStandIns() : types
  try {
    return warningsOf(await declare({ ...declared, stack: pseudo.stackName }, known, pseudo, undefined), types)
  } catch (error) {
    if (error instanceof InvalidInput) return [...error.problems].sort(asRead)
    throw error
  }
}

/** What stands nowhere in the template comes first. */
const asRead = (one: Problem, other: Problem) => (one.line ?? 0) - (other.line ?? 0)

/** What could not be judged is said. */
function warningsOf({ template }: Declared, types: TypeRegistry): Problem[] {
  return [...template.resources].flatMap(([name, { type }]): Problem[] => {
    if (types.get(type)) return []
    const path = `resources.${name}.type`
    const written = template.writtenPath?.(path) ?? path
    const message = `the type ${type} is not registered here: its properties were not checked`
    const hint = types.hint(type)
    return [
      { ...template.placeOf(path), path: written, message, severity: 'warning', ...(hint !== undefined && { hint }) },
    ]
  })
}
