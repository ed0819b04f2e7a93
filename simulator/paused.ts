// Whether a stack waits for nothing but people who clear hooks, as displays are told: compared with what the rows say.

import type { Sql } from '../src/store/database.js'
import { readPaused } from '../src/store/hooks.js'
import { heldAtHooks, type Rows, type StackView } from './rows.js'

/** After each transaction. @returns what displays are told wrongly. */
export async function wronglyPaused(sql: Sql, rows: Rows): Promise<string[]> {
  const held = new Set(heldAtHooks(rows).map(({ stack }) => stack))
  const roots = rows.stacks.filter(({ parent_id, status }) => parent_id === null && status === 'IN_PROGRESS')
  const wrong: string[] = []
  for (const root of held.size === 0 ? [] : roots) {
    const tree = treeOf(root, rows)
    const waits = tree.some(({ name }) => held.has(name)) && tree.every((stack) => isQuiet(stack, rows))
    const told = (await readPaused(sql, root.id, NO_SIGNALS)).map(({ resource }) => resource)
    if (waits !== told.length > 0)
      wrong.push(
        `${root.name} ${waits ? 'waits for people' : 'goes on by itself'}, and is told to wait for ${told.join() || 'nobody'}`,
      )
  }
  return wrong
}

/** With those that are nested in it and not at rest. */
function treeOf(root: StackView, { stacks }: Rows): StackView[] {
  const tree = [root]
  for (const around of tree)
    tree.push(
      ...stacks.filter((one) => one.parent_id === around.id && one.status === 'IN_PROGRESS' && one.deleted_at === null),
    )
  return tree
}

/** No row is worked on or will be by itself, and there is something that the stack is still about. */
function isQuiet({ id, traversal }: StackView, { resources }: Rows): boolean {
  const own = resources.filter(({ stack_id }) => stack_id === id)
  const isAtWork = own.some(
    ({ state, due_at }) => state === 'running' || state === 'ready' || (state === 'parked' && (due_at ?? '') < NEVER),
  )
  return !isAtWork && own.some((row) => row.phase !== null && row.traversal === traversal)
}

/** What waits for a signal is looked at now and then, so it counts as at work. */
const NO_SIGNALS = { awaiting: [], signalled: [] }

/** Whoever is to be woken waits longer than that. */
const NEVER = '2045'
