// The story of a world, told from what each transaction changed.
import type { ResourceView, Rows, StackView } from './rows.js'

export function* changesBetween(before: Rows, rows: Rows): Iterable<string> {
  const stacks = new Map(before.stacks.map((stack) => [stack.id, stack]))
  const names = new Map(rows.stacks.map(({ id, name }) => [id, name]))
  for (const stack of rows.stacks) {
    const text = stackText(stack)
    if (stackText(stacks.get(stack.id)) !== text)
      yield `${stack.name}: ${text}${stack.failed ? ` (${stack.reason.slice(0, 90)})` : ''}`
  }
  const known = new Map(before.resources.map((row) => [`${row.stack_id}/${row.id}`, row]))
  for (const row of rows.resources) {
    const key = `${row.stack_id}/${row.id}`
    const text = rowText(row)
    if (rowText(known.get(key)) !== text) yield `${names.get(row.stack_id)}/${row.name}#${row.id}: ${text}`
    known.delete(key)
  }
  for (const row of known.values()) yield `${names.get(row.stack_id)}/${row.name}#${row.id}: removed`
}

function stackText(stack: StackView | undefined): string {
  if (!stack) return ''
  return `traversal ${stack.traversal} ${stack.action} ${stack.status}${stack.stage ? ` ${stack.stage}` : ''}${stack.failed ? ' failed' : ''}`
}

function rowText(row: ResourceView | undefined): string {
  if (!row) return ''
  const phase =
    row.phase === null ? '' : `, ${row.phase} of ${row.traversal}${row.awaiting > 0 ? ` awaits ${row.awaiting}` : ''}`
  const requires = row.requires.length > 0 ? `, requires ${row.requires.map((id) => `#${id}`).join(' ')}` : ''
  const current = row.current ? '' : ', old'
  return `${row.action} ${row.status}, ${row.state}${phase}${current}, fence ${row.fence}${row.physical_id ? `, is ${row.physical_id}` : ''}${requires}`
}
