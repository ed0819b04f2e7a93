// Templates judged before all their parameters have values: what is wrong with them whatever those will be.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import type { Problem } from '../../lib/problem.js'
import type { TypeRegistry } from '../../provider/registry.js'
import { resolveTemplate, type Template } from '../../template/index.js'
import { wordOf } from '../../template/text.js'
import { setField } from '../../template/value.js'
import { checkTypeNames, examine, inOrder, parametersOf, parse, type WholeOptions, withoutHidden } from './declare.js'
import { environmentOf } from './environment.js'
import type { Standpoint } from './options.js'
import { StackTypes } from './template-types.js'
import { mapTypes } from './type-mapping.js'

/** What is wrong with a template some of whose parameters are not known yet, as far as that does not depend on them. */
export function problemsOfSketch(
  options: WholeOptions,
  types: TypeRegistry,
  pseudo: Standpoint,
  open: ReadonlySet<string>,
): readonly Problem[] {
  const parsed = parse(options)
  // A condition over something unknown is neither true nor false.
  if (isJsonObject(parsed.document) && (parsed.document.conditions ?? parsed.document.Conditions)) return []
  const files = options.files ?? {}
  const { sketch, problems } = resolveTemplate(parsed, { ...parametersOf(options), files, pseudo, open })
  const mapped = sketch && mapTypes(sketch, environmentOf(options.environment), files)
  return [
    ...problems,
    ...(mapped ? [...mapped.problems, ...checkTypeNames(mapped.template, new StackTypes(types, files))] : []),
  ]
}

interface Judged {
  readonly problems: readonly Problem[]
  readonly sketch: Template | undefined
}

/**
 * What is wrong with a template some of whose parameters have no value: everything is checked but what depends on those. One
 * that is true or false, or one of a few values, counts as the first of them, so that conditions agree with each other.
 */
export function problemsWithout(
  missing: readonly string[],
  options: WholeOptions,
  types: TypeRegistry,
  pseudo: Standpoint,
): Judged {
  const parsed = parse(options)
  const files = options.files ?? {}
  const environment = environmentOf(options.environment)
  const given = parametersOf(options)
  const standIns = standInsFor(missing, parsed.document ?? null)
  const open = new Set(missing.filter((name) => !Object.hasOwn(standIns, name)))
  const parameters = { ...given.parameters, ...standIns }
  const { sketch, problems } = resolveTemplate(parsed, { ...given, parameters, files, pseudo, open })
  if (!sketch) return { problems, sketch }
  const around = { options, environment, files, types, pseudo, hashSecret: undefined }
  const others =
    problems.length === 0
      ? examine(sketch, around).problems
      : checkTypeNames(mapTypes(sketch, environment, files).template, new StackTypes(types, files))
  return { problems: inOrder(withoutHidden([...problems, ...others], sketch)), sketch }
}

/** Of the parameters `names` of a template those that can be stood in for. */
function standInsFor(names: readonly string[], document: Json): JsonObject {
  const standIns: JsonObject = {}
  for (const name of names) {
    const value = standInFor(schemaOf(name, document))
    if (value !== undefined) setField(standIns, name, value)
  }
  return standIns
}

function schemaOf(name: string, document: Json): JsonObject {
  const section = isJsonObject(document) ? (document.parameters ?? document.Parameters ?? null) : null
  const schema = isJsonObject(section) && Object.hasOwn(section, name) ? (section[name] ?? null) : null
  return isJsonObject(schema) ? schema : {}
}

function standInFor({ type, Type, constraints = [], AllowedValues = null }: JsonObject): Json | undefined {
  const rules = Array.isArray(constraints) ? constraints.filter(isJsonObject) : []
  const allowed = rules.map((rule) => rule.allowed_values).find(Array.isArray) ?? AllowedValues
  if (Array.isArray(allowed)) return allowed[0]
  return wordOf(type ?? Type ?? null).toLowerCase() === 'boolean' ? false : undefined
}
