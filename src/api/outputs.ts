// Outputs, worked out when they are asked for, from what the resources say now. Nothing is changed by looking.
import { inputsFrom } from '../engine/inputs.js'
import { groupBy } from '../lib/group-by.js'
import type { TypeRegistry } from '../provider/registry.js'
import { type InputRow, readInputs } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import type { ShownRow } from '../store/shown-stack.js'
import { EvaluationError, evaluate, type Output, referencesOf } from '../template/index.js'
import type { OutputView } from './views.js'

type WithOutputs = Pick<ShownRow, 'id' | 'outputs'>

/** What the outputs of stacks refer to, for all of them in one statement; none where they refer to nothing. */
export async function readReferences(
  sql: Sql,
  stacks: readonly WithOutputs[],
): Promise<(stackId: number) => readonly InputRow[]> {
  const wanted = stacks.flatMap(({ id, outputs }) => [...namesIn(outputs)].map((name) => ({ stackId: id, name })))
  const byStack = groupBy(await readInputs(sql, wanted), ({ stackId }) => stackId)
  return (stackId) => byStack.get(stackId) ?? []
}

const namesIn = (outputs: WithOutputs['outputs']): Set<string> =>
  new Set(Object.values(outputs ?? {}).flatMap(({ value }) => referencesOf(value).map(({ resource }) => resource)))

export function outputsFrom(
  { outputs }: WithOutputs,
  rows: readonly InputRow[],
  types: TypeRegistry,
): { [name: string]: OutputView } {
  const inputs = inputsFrom(new Map(rows.map((row) => [row.name, row])), types)
  const entries = Object.entries(outputs ?? {})
  return Object.fromEntries(entries.map(([name, output]) => [name, outputView(output, inputs)]))
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
