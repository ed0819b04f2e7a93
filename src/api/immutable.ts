// Parameters that are immutable: once a stack has one, an update may not give it another value.
import { equalJson } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import type { StackRow } from '../store/stacks.js'
import { readTemplate } from '../store/templates.js'
import type { Template } from '../template/index.js'

/** Compared with the template in force. Throws InvalidInput; hidden values are not told. */
export async function refuseImmutable(
  sql: Sql,
  stack: Pick<StackRow, 'id' | 'templateTraversal'>,
  { parameters, placeOf }: Pick<Template, 'parameters' | 'placeOf'>,
): Promise<void> {
  if (Object.keys(parameters).length === 0) return
  const inForce = (await readTemplate(sql, stack.id, stack.templateTraversal))?.parameters ?? {}
  const changed = Object.entries(parameters).filter(([name, { value }]) => {
    const before = inForce[name]
    return before?.immutable === true && !equalJson(before.value, value)
  })
  if (changed.length === 0) return
  throw new InvalidInput(
    changed.map(([name]) => {
      const path = `parameters.${name}`
      const hint = 'give the value that the stack has, or make another stack'
      return { ...placeOf(path), path, message: `the parameter ${name} is immutable and may not be updated`, hint }
    }),
  )
}
