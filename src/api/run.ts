// A command that has been issued. It goes on by itself; whoever holds a run can wait for its end, or look away.
import type { Warned } from '../lib/problem.js'
import type { World } from '../lib/world.js'
import type { StackRow } from '../store/stacks.js'
import { patiently } from './patience.js'
import type { Rests } from './rests.js'
import type { StackView } from './views.js'

/** With warnings where it brings a template, or a part of one. */
export interface Run extends Warned {
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

export function makeRun(world: World, rests: Rests, stack: StackRow, view: () => Promise<StackView>): Run {
  return {
    stack: stack.name,
    id: stack.uid,
    traversal: stack.traversal,
    settled: async ({ signal } = {}) => {
      for (let atRest = stack.status !== 'IN_PROGRESS'; ; atRest = false) {
        if (!atRest) await patiently(world, signal, () => rests.of(stack.id, signal))
        // Another command may have come meanwhile.
        const seen = await patiently(world, signal, view)
        if (!seen.status.endsWith('_IN_PROGRESS')) return seen
        signal?.throwIfAborted()
      }
    },
  }
}
