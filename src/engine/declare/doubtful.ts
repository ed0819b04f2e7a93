// What of a declaration is read all the same, as Heat reads it, but surely not meant (ADR 0043): told beside what was asked for.
import type { JsonObject } from '../../lib/json.js'
import type { Problem, Warned } from '../../lib/problem.js'
import { isTemplateFile } from '../../template/index.js'
import { type Files, parsedFile } from './closure.js'
import type { Declared } from './declare.js'
import { warningsIn } from './environment.js'
import type { TemplateInput } from './options.js'

interface Texts {
  readonly template: TemplateInput
  readonly templateFile?: string
  readonly files?: Files
  readonly environment?: JsonObject
}

/** What the texts themselves say, of the template and of those that come with it: a key that stands twice, say. */
export function doubtfulTexts({ template, templateFile, files = {}, environment }: Texts): readonly Problem[] {
  const own = typeof template === 'string' ? parsedFile(template, templateFile).warnings : []
  const others = Object.entries(files).filter(([name]) => isTemplateFile(name))
  return [...own, ...warningsIn(environment), ...others.flatMap(([name, text]) => parsedFile(text, name).warnings)]
}

/** All of it, as part of an answer. */
export function warned(texts: Texts, { warnings = [] }: Partial<Pick<Declared, 'warnings'>>): Warned {
  const all = [...doubtfulTexts(texts), ...warnings]
  return all.length === 0 ? {} : { warnings: all }
}
