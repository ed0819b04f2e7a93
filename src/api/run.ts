// A command that has been issued. It goes on by itself; whoever holds a run can wait for its end, or look away.
import type { World } from '../lib/world.js'
import type { Database } from '../store/database.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { patiently } from './patience.js'
import type { StackView } from './views.js'

export interface Run {
  readonly stack: string
  /** The stack's UUID. */
  readonly id: string
  readonly traversal: number
  /**
   * The stack once it is at rest; a failed stack is a value, not an exception. When another command has superseded this
   * one, it is the state after that. Rejects when `signal` aborts.
   */
  settled(options?: { readonly signal?: AbortSignal }): Promise<StackView>
}

const LOOK_SECONDS_MIN = 0.005
const LOOK_SECONDS_MAX = 0.2

export function makeRun(
  database: Database,
  world: World,
  stack: Pick<StackRow, 'id' | 'uid' | 'name' | 'traversal'>,
  view: (stack: StackRow) => Promise<StackView>,
): Run {
  return {
    stack: stack.name,
    id: stack.uid,
    traversal: stack.traversal,
    settled: async ({ signal } = {}) => {
      for (let rest = LOOK_SECONDS_MIN; ; rest = Math.min(LOOK_SECONDS_MAX, rest * 1.5)) {
        const now = await patiently(world, signal, () => readStack(database, stack.id))
        if (now.status !== 'IN_PROGRESS') return patiently(world, signal, () => view(now))
        signal?.throwIfAborted()
        await world.sleep(rest, signal)
        signal?.throwIfAborted()
      }
    },
  }
}
