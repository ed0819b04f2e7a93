// Projects side by side: nothing that is done for one ever changes a row of another, and nothing of one is called by another's name.
import type { Rows, StackView } from './rows.js'

/** @param project whose command was carried out in this transaction */
export function* changesOfOthers(before: Rows, rows: Rows, project: string): Iterable<string> {
  const own = rows.projects.find(({ name }) => name === project)?.id
  const earlier = contents(before)
  for (const [stackId, content] of contents(rows)) {
    const stack = rows.stacks.find(({ id }) => id === stackId)
    if (stack && stack.project_id !== own && earlier.get(stackId) !== content)
      yield `a command of ${project} has changed ${stack.name} of another project`
  }
}

/** What is nested in a stack belongs to whom that belongs to. */
export function* mixedTrees({ stacks }: Rows): Iterable<string> {
  const projects = new Map(stacks.map(({ id, project_id }) => [id, project_id]))
  for (const { name, project_id, parent_id } of stacks)
    if (parent_id !== null && projects.get(parent_id) !== project_id)
      yield `the stack ${name} is in another project than the one around it`
}

/** By stack: everything that stands of it. */
function contents({ stacks, resources, definitions, data, snapshots }: Rows): ReadonlyMap<number, string> {
  const parts = new Map<number, object[]>(stacks.map((stack: StackView) => [stack.id, [stack]]))
  for (const row of [...resources, ...definitions, ...data, ...snapshots]) parts.get(row.stack_id)?.push(row)
  return new Map([...parts].map(([id, rows]) => [id, JSON.stringify(rows)]))
}
