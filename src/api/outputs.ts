// Outputs, worked out when they are asked for, from what the resources say now. Nothing is changed by looking.
import { inputsFrom } from '../engine/inputs.js'
import type { TypeRegistry } from '../provider/registry.js'
import { readInputs } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import type { TemplateRow } from '../store/templates.js'
import { EvaluationError, evaluate, type Output, referencesOf } from '../template/index.js'
import type { OutputView } from './views.js'

export async function outputsOf(
  sql: Sql,
  stackId: number,
  template: TemplateRow | undefined,
  types: TypeRegistry,
): Promise<{ [name: string]: OutputView }> {
  const outputs = Object.entries(template?.outputs ?? {})
  const names = new Set(outputs.flatMap(([, { value }]) => referencesOf(value).map(({ resource }) => resource)))
  const rows = await readInputs(
    sql,
    [...names].map((name) => ({ stackId, name })),
  )
  const inputs = inputsFrom(new Map(rows.map((row) => [row.name, row])), types)
  return Object.fromEntries(outputs.map(([name, output]) => [name, outputView(output, inputs)]))
}

function outputView({ value, description }: Output, inputs: ReturnType<typeof inputsFrom>): OutputView {
  const described = description === undefined ? {} : { description }
  try {
    return { value: evaluate(value, inputs), ...described }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return { value: null, error: error.message, ...described }
  }
}
