// A template judged without touching any stack: every problem in it, as values.

import { parsedFile } from '../engine/declare/closure.js'
import { declare, isStream } from '../engine/declare/declare.js'
import { problemsWithout } from '../engine/declare/sketch.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import { isTemplateFile, type Template } from '../template/index.js'
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
  return errors ? problems : [...doubtful(options), ...problems]
}

/** What is read all the same, in the template and those that come with it. */
function doubtful({ template, templateFile, files = {} }: ValidateOptions): readonly Problem[] {
  const own = typeof template === 'string' ? parsedFile(template, templateFile).warnings : []
  const others = Object.entries(files).filter(([name]) => isTemplateFile(name))
  return [...own, ...others.flatMap(([name, text]) => parsedFile(text, name).warnings)]
}

async function judged(options: ValidateOptions, types: TypeRegistry, pseudo: Pseudo): Promise<readonly Problem[]> {
  const { allowUnknownTypes = false, unknownTypesMeant, ...declared } = options
  const known = allowUnknownTypes ? types.withStandIns(unknownTypesMeant) : types
  try {
    const { template } = await declare({ ...declared, stack: pseudo.stackName }, known, pseudo, undefined)
    return warningsOf(template, types)
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
  return [warning, ...(sketch ? warningsOf(sketch, types) : [])]
}

/** What stands nowhere in the template comes first. */
const asRead = (one: Problem, other: Problem) => (one.line ?? 0) - (other.line ?? 0)

/** What could not be judged is said. */
function warningsOf(template: Template, types: TypeRegistry): Problem[] {
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
