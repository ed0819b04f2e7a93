// What is told of the world: the events, compared after each transaction with what the rows have become. Each beginning and
// each end that a row or a stack goes through is told, in its order, and none is told twice.
import type { EventView, ResourceView, Rows, StackView } from './rows.js'

type Told = Pick<EventView, 'action' | 'status' | 'traversal' | 'reason'>

export class History {
  /** By version, and by stack: what was told last. */
  readonly #ofResources = new Map<string, Told>()
  readonly #ofStacks = new Map<number, Told>()

  /** After each transaction. @returns what was told wrongly, or not at all. */
  follow(before: Rows, rows: Rows): string[] {
    const told = rows.events.flatMap((event) => [
      ...(event.resource_id === null ? this.#toldOfStack(event) : this.#toldOfResource(event, event.resource_id)),
    ])
    return [...told, ...untoldOfResources(before, rows), ...this.#untoldOfStacks(before, rows)]
  }

  *#toldOfResource(event: EventView, id: number): Iterable<string> {
    const { stack_id, name, action, status, reason, traversal } = event
    const key = `${stack_id}/${id}`
    const last = this.#ofResources.get(key)
    this.#ofResources.set(key, { action, status, reason, traversal })
    // Attempts that failed, hooks and signals are told with a reason, and as often as they happen.
    if (reason !== null) return
    const isRepeated = last?.action === action && last.status === status && last.traversal === traversal
    if (isRepeated && last.reason === null) yield `${name}#${id}: ${action}_${status} is told twice`
  }

  *#toldOfStack(event: EventView): Iterable<string> {
    const { stack_id, name, action, status, traversal, reason } = event
    const last = this.#ofStacks.get(stack_id)
    this.#ofStacks.set(stack_id, { action, status, reason, traversal })
    if (last === undefined) return
    if (last.traversal > traversal) yield `${name}: traversal ${traversal} is told of after ${last.traversal}`
    if (last.traversal !== traversal) return
    if (last.status === status && last.reason === reason)
      yield `${name}: ${action}_${status} of ${traversal} is told twice`
    if (last.status !== 'IN_PROGRESS') yield `${name}: ${action}_${status} of ${traversal} is told after its end`
  }

  *#untoldOfStacks(before: Rows, rows: Rows): Iterable<string> {
    const earlier = new Map(before.stacks.map((stack) => [stack.id, stack]))
    for (const stack of rows.stacks) {
      const was = earlier.get(stack.id)
      if (was?.traversal === stack.traversal && was.status === stack.status) continue
      const last = this.#ofStacks.get(stack.id)
      const isTakenOver = !was && stack.parent_id !== null && stack.action === 'ADOPT'
      if (stack.traversal > 0 && !isTakenOver && (last?.traversal !== stack.traversal || last.status !== stack.status))
        yield `${stack.name} was ${stackText(was)} and is ${stackText(stack)}, and nothing tells of it`
    }
  }
}

function* untoldOfResources(before: Rows, rows: Rows): Iterable<string> {
  const told = new Set(rows.events.map((event) => `${event.stack_id}/${event.resource_id} ${rowText(event)}`))
  const earlier = new Map(before.resources.map((row) => [keyOf(row), row]))
  for (const row of rows.resources) {
    const was = earlier.get(keyOf(row))
    earlier.delete(keyOf(row))
    // What is taken over is told of when it has been looked at.
    const isSame = was?.action === row.action && was.status === row.status
    if (isSame || isUntouched(row) || (!was && row.action === 'ADOPT') || told.has(`${keyOf(row)} ${rowText(row)}`))
      continue
    yield `${row.name}#${row.id} was ${rowText(was)} and is ${rowText(row)}, and nothing tells of it`
  }
  for (const row of earlier.values()) {
    // What waited at its hook was told of when it was gone.
    const isTold = rowText(row) === 'DELETE_COMPLETE' || told.has(`${keyOf(row)} DELETE_COMPLETE`)
    if (isUntouched(row) || isTold) continue
    yield `${row.name}#${row.id}, ${rowText(row)}, is no more, and nothing tells of it`
  }
}

/** Nothing has been begun with it yet, so there is nothing to tell. */
const isUntouched = ({ action }: ResourceView) => action === 'INIT'

const keyOf = ({ stack_id, id }: ResourceView) => `${stack_id}/${id}`
const rowText = (row: Pick<ResourceView, 'action' | 'status'> | undefined) =>
  row ? `${row.action}_${row.status}` : 'nothing'
const stackText = (stack: StackView | undefined) =>
  stack ? `${stack.action}_${stack.status} of ${stack.traversal}` : 'nothing'
