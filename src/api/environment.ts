// Environment files: parameters kept beside a template. Read and merged here, so that the command line, a server and a
// program agree on what they mean.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import { type Parsed, parseTemplate } from '../template/index.js'

const SECTIONS = ['parameters', 'parameter_defaults']

/** Reads environments (YAML or JSON); where two say something of the same name, the later one holds. Throws InvalidInput. */
export function readEnvironments(sources: readonly { readonly text: string; readonly file?: string }[]): JsonObject {
  const problems: Problem[] = []
  const merged: { [section: string]: JsonObject } = {}
  for (const source of sources) {
    const parsed = parseTemplate(source)
    problems.push(...parsed.problems)
    for (const [section, values] of sectionsOf(parsed, problems)) merged[section] = { ...merged[section], ...values }
  }
  if (problems.length > 0) throw new InvalidInput(problems)
  return merged
}

function sectionsOf({ document, placeOf, file }: Parsed, problems: Problem[]): [string, JsonObject][] {
  // An empty file says nothing, which is allowed.
  if (document === undefined || document === null) return []
  const report = (path: string, message: string, hint?: string) => {
    problems.push({ ...(file !== undefined && { file }), ...placeOf(path), path, message, ...(hint && { hint }) })
  }
  if (!isJsonObject(document)) {
    report('', 'an environment must be a map', 'it has the sections parameters and parameter_defaults')
    return []
  }
  return Object.entries(document).flatMap(([section, values]: [string, Json]): [string, JsonObject][] => {
    if (!SECTIONS.includes(section)) {
      const hint = didYouMean(section, SECTIONS) ?? `the sections are ${SECTIONS.join(' and ')}`
      report(section, `unknown section ${section} in an environment`, hint)
      return []
    }
    if (values === null) return []
    if (isJsonObject(values)) return [[section, values]]
    report(section, `the section ${section} must be a map of names and values`)
    return []
  })
}
