// A template judged without touching any stack: every problem in it, as values.

import { declare, isStream } from '../engine/declare/declare.js'
import { doubtfulTexts } from '../engine/declare/doubtful.js'
import { problemsWithout } from '../engine/declare/sketch.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Template } from '../template/index.js'
import type { Pseudo } from '../template/resolve.js'
import type { ValidateOptions } from './options.js'

/** Errors, or else warnings: where there is an error the template is mended first. Empty when all is well. */
export async function validate(
  options: ValidateOptions,
  types: TypeRegistry,
  pseudo: Pseudo,
): Promise<readonly Problem[]> {
  const problems = await judged(options, types, pseudo)
  const errors = problems.some(({ severity = 'error' }) => severity === 'error')
  return errors ? problems : [...doubtfulTexts(options), ...problems]
}

async function judged(options: ValidateOptions, types: TypeRegistry, pseudo: Pseudo): Promise<readonly Problem[]> {
  const { allowUnknownTypes = false, unknownTypesMeant, ...declared } = options
  const known = allowUnknownTypes ? types.withStandIns(unknownTypesMeant) : types
  try {
    const { template, warnings } = await declare({ ...declared, stack: pseudo.stackName }, known, pseudo, undefined)
    return [...warnings, ...unjudged(template, types)]
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return judgedWithout(error.problems, options, { known, types, pseudo })
  }
}

/**
 * That a value is missing is no fault of the template, and what is wrong besides can be told without it: it is a warning.
 * In a nested template it is an error, for nobody but the template around it can give the value.
 */
function judgedWithout(
  problems: readonly Problem[],
  options: ValidateOptions,
  { known, types, pseudo }: { known: TypeRegistry; types: TypeRegistry; pseudo: Pseudo },
): readonly Problem[] {
  const { template, templateFile } = options
  const missing = problems.filter(({ kind, file }) => kind === 'missing parameter' && file === templateFile)
  const [first] = missing
  if (!first || isStream(template)) return [...problems].sort(asRead)
  const names = missing.map(({ path }) => path.slice(path.indexOf('.') + 1))
  const whole = { ...options, template, stack: pseudo.stackName }
  const { problems: others, sketch } = problemsWithout(names, whole, known, pseudo)
  if (others.length > 0) return [...others].sort(asRead)
  const message = `no value was given for ${names.join(', ')}: what depends on that was not checked`
  const warning: Problem = { ...first, message, hint: 'give values with -P, or in an environment', severity: 'warning' }
  return [warning, ...(sketch ? [...(sketch.warnings ?? []), ...unjudged(sketch, types)] : [])]
}

/** What stands nowhere in the template comes first. */
const asRead = (one: Problem, other: Problem) => (one.line ?? 0) - (other.line ?? 0)

/** What could not be judged is said. */
function unjudged(template: Template, types: TypeRegistry): Problem[] {
  const warn = (path: string, message: string, hint: string | undefined): Problem => {
    const written = template.writtenPath?.(path) ?? path
    return {
      ...template.placeOf(path),
      path: written,
      message,
      severity: 'warning',
      ...(hint !== undefined && { hint }),
    }
  }
  return [...template.resources].flatMap(([name, { type, externalId }]): Problem[] => {
    const known = types.get(type)
    if (!known) {
      const message = `the type ${type} is not registered here: its properties were not checked`
      return [warn(`resources.${name}.type`, message, types.hint(type))]
    }
    if (externalId === undefined || known.read) return []
    const message = `${type} cannot be read: nothing is known of ${externalId} but this id`
    return [warn(`resources.${name}.external_id`, message, 'its attributes are null')]
  })
}
